/** What is counted. */
export type LimitName =
  | 'register_address'
  | 'login_address'
  | 'login_account'
  | 'login_account_day'
  | 'login_device'
  | 'password_session'
  | 'password_user_day'
  | 'refresh_session';

/** Counts attempts. Counting and comparing are one step, so that parallel attempts can't slip through. */
export interface Limiter {
  /** Counts one attempt of an address, an account or a session, or throws `rate_limited` with the seconds to wait. */
  take(name: LimitName, key: string): Promise<void>;
  /** Takes an attempt back that turned out to be right. */
  giveBack(name: LimitName, key: string): Promise<void>;
}

/** How many attempts, in a window that begins with the first of them. */
export interface Limit {
  readonly name: LimitName;
  readonly attempts: number;
  /** Milliseconds. */
  readonly window: number;
}

/** Where attempts are counted: a process's memory, or a place that several servers share. */
export interface AttemptCounter {
  /**
   * Counts an attempt, in one step with comparing. Answers 0; or, where the limit is reached, how many milliseconds are
   * left of the window, at least 1, and counts nothing. Rejects where the place does not answer.
   */
  count(limit: Limit, key: string): Promise<number>;
  /** Takes one attempt back; nothing where none is counted. */
  takeBack(limit: Limit, key: string): Promise<void>;
}
