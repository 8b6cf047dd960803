export { createClient } from './client.ts';
export type { Attempt, Client } from './contract.ts';
export { LatchstringError } from './errors.ts';
export type { ErrorFacts, LocalErrorCode } from './errors.ts';
export type { ClientOptions, Platform } from './options.ts';
export { UNKNOWN_STATE } from './state.ts';
export type { AuthenticatedState, ChangeReason, NobodyState, SessionEvent, SessionState } from './state.ts';
