import type { SessionView, UserView } from '@latchstring/protocol';

/** Somebody is logged in. */
export interface AuthenticatedState {
  readonly status: 'authenticated';
  readonly user: UserView;
  readonly session: SessionView;
  /** When the access token ends by this machine's clock, in milliseconds since the Unix epoch. The session lives on. */
  readonly expiresAt: number;
}

/** Nobody is logged in, or (`unknown`) the server has not been asked yet. */
export interface NobodyState {
  readonly status: 'anonymous' | 'unknown';
  readonly user: null;
  readonly session: null;
  readonly expiresAt: null;
}

/** What the client knows of the session: an immutable snapshot, a new object for every change. */
export type SessionState = AuthenticatedState | NobodyState;

/** Why a state changed: `session` is an answer to `session()`, `ended` is the server's word that the session is over. */
export type ChangeReason = 'login' | 'logout' | 'refresh' | 'session' | 'ended';

/** What a listener of `onChange` gets. */
export interface SessionEvent {
  readonly reason: ChangeReason;
  readonly state: SessionState;
  /** Whether it happened in another tab. */
  readonly remote: boolean;
}

const nobody = (status: NobodyState['status']): NobodyState => ({
  status,
  user: null,
  session: null,
  expiresAt: null,
});

/** The state before the server has been asked, and on a server that renders pages. */
export const UNKNOWN_STATE: NobodyState = /* @__PURE__ */ nobody('unknown');

/** The state when nobody is logged in. */
export const ANONYMOUS_STATE: NobodyState = /* @__PURE__ */ nobody('anonymous');
