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

/** The state before the server has been asked, and on a server that renders pages. */
export const UNKNOWN_STATE: NobodyState = nobody('unknown');

/** The state when nobody is logged in. */
export const ANONYMOUS_STATE: NobodyState = nobody('anonymous');

/** Holds the current state and tells listeners of changes. */
export interface Store {
  readonly state: SessionState;
  set(state: SessionState, reason: ChangeReason, remote?: boolean): void;
  onChange(listener: (event: SessionEvent) => void): () => void;
}

/** A store that starts with {@link UNKNOWN_STATE}. */
export function createStore(): Store {
  let state: SessionState = UNKNOWN_STATE;
  const listeners = new Set<(event: SessionEvent) => void>();
  return {
    get state() {
      return state;
    },
    set(next, reason, remote = false) {
      state = Object.freeze(next);
      for (const listener of [...listeners]) tell(listener, { reason, state, remote });
    },
    onChange(listener) {
      // A function of our own, so that one listener added twice is two subscriptions.
      const own = (event: SessionEvent): void => listener(event);
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
}

function tell(listener: (event: SessionEvent) => void, event: SessionEvent): void {
  try {
    listener(event);
  } catch (error) {
    // A listener's mistake is reported as uncaught, but breaks neither the client nor the other listeners.
    queueMicrotask(() => {
      throw error;
    });
  }
}

function nobody(status: NobodyState['status']): NobodyState {
  return Object.freeze({ status, user: null, session: null, expiresAt: null });
}
