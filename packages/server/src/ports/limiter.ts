/** What is counted. */
export type LimitName = 'register_address' | 'login_address' | 'login_account' | 'refresh_session';

/** Counts attempts. Counting and comparing are one step, so that parallel attempts can't slip through. */
export interface Limiter {
  /** Counts one attempt of an address, an account or a session, or throws `rate_limited` with the seconds to wait. */
  take(name: LimitName, key: string): Promise<void>;
  /** Takes an attempt back that turned out to be right. */
  giveBack(name: LimitName, key: string): Promise<void>;
}
