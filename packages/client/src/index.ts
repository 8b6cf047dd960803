export { createClient } from './client.ts';
export type { Attempt, Client } from './client.ts';
export { LatchstringError } from './errors.ts';
export type { ErrorFacts, LocalErrorCode } from './errors.ts';
export type { ClientDocument, ClientOptions, SetTimer } from './options.ts';
export { ANONYMOUS_STATE, UNKNOWN_STATE } from './state.ts';
export type { AuthenticatedState, ChangeReason, NobodyState, SessionEvent, SessionState } from './state.ts';
