import type { DeviceView, LoginRequest, PasswordChangeRequest, RegisterRequest } from '@latchstring/protocol';
import type { AuthenticatedState, SessionEvent, SessionState } from './state.ts';

/** One call to a backend, for HTTP libraries other than fetch: what to send, and what to do about a 401. */
export interface Attempt {
  /** Headers to add to the request: the CSRF token, where the method needs it. Send it with credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * To be told the code of a 401. Refreshes where the code asks for it, and resolves to the attempt with which to
   * repeat the call, or to undefined where the answer stands. Rejects with LatchstringError where a refresh was
   * needed but the server could not be asked: nobody is logged out by that.
   */
  readonly again: (code: string | undefined) => Promise<Attempt | undefined>;
}

/** The session client of a page, in cookie mode. Every method that asks the server rejects with LatchstringError. */
export interface Client {
  /** What is known now: an immutable snapshot. `unknown` until `session`, `login` or `register` has answered. */
  readonly state: SessionState;
  /** Logs in. Codes: `credentials_invalid`, `rate_limited`, `credentials_missing`. */
  readonly login: (credentials: Omit<LoginRequest, 'mode'>) => Promise<AuthenticatedState>;
  /** Makes an account and logs in. Codes: `email_taken`, `password_too_weak`, `rate_limited`, `credentials_missing`. */
  readonly register: (account: Omit<RegisterRequest, 'mode'>) => Promise<AuthenticatedState>;
  /** Ends this session. Resolves as well where it was over already. */
  readonly logout: () => Promise<void>;
  /** Ends all of the person's sessions, this one too. */
  readonly logoutAll: () => Promise<void>;
  /** Asks the server who is logged in; null for nobody. Calls at the same time share one request. */
  readonly session: () => Promise<AuthenticatedState | null>;
  /** The person's sessions on all devices. */
  readonly sessions: () => Promise<readonly DeviceView[]>;
  /** Ends one of them. Code: `not_found`. */
  readonly endSession: (id: string) => Promise<void>;
  /** Changes the password and ends the other sessions. Codes: `credentials_invalid`, `password_too_weak`. */
  readonly changePassword: (passwords: PasswordChangeRequest) => Promise<void>;
  /** Refreshes now, such as after a change of roles. Resolves to whether the session goes on. */
  readonly refresh: () => Promise<boolean>;
  /**
   * `fetch` with cookies, the CSRF token and a refresh where the token has expired, for the origins of the options
   * only: for any other it rejects with a TypeError. Resolves to the answer, whatever its status.
   */
  readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;
  /** The same for other HTTP libraries; undefined for an address that is not on the list of origins. Throws TypeError for one that is none. */
  readonly attempt: (url: string, method: string) => Attempt | undefined;
  /** Calls back on every change and every refresh, also those of other tabs. Returns what ends it. */
  readonly onChange: (listener: (event: SessionEvent) => void) => () => void;
  /** Gives up timers, listeners and the channel to other tabs. The session is untouched. */
  readonly close: () => void;
}
