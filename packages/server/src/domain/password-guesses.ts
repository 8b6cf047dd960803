import type { LimitName, Limiter } from '../ports/limiter.ts';

/** Where a guess is counted. */
export type Counters = readonly (readonly [name: LimitName, key: string])[];

/** Of an account, whoever guesses: the second one makes those wait for hours who do not cease. */
export function accountCounters(email: string): Counters {
  return [
    ['login_account', email],
    ['login_account_day', email],
  ];
}

/** Of a browser in which the account has logged in before. */
export function deviceCounters(device: string): Counters {
  return [['login_device', device]];
}

/**
 * Of a session in which the password is asked for again, and for a day of all sessions of its user: what strangers do to the account
 * does not count.
 */
export function sessionCounters(sessionId: string, userId: string): Counters {
  return [
    ['password_session', sessionId],
    ['password_user_day', userId],
  ];
}

/** Guesses at passwords, counted. */
export interface Guesses {
  /**
   * Counts a guess before the hash: parallel ones find the counter raised (attack 92). What was not looked at, because the
   * server was overloaded or the database away, was no guess: it locks nobody out (attack 91). Throws `rate_limited`.
   */
  look<Outcome>(counters: Counters, look: () => Promise<Outcome>): Promise<Outcome>;
  /** Takes a guess back that turned out to be right. */
  giveBack(counters: Counters): Promise<void>;
}

/** Counts with a limiter. */
export function createGuesses(limiter: Limiter): Guesses {
  async function giveBack(counters: Counters): Promise<void> {
    for (const [name, key] of counters) await limiter.giveBack(name, key);
  }

  /** Counts in all of them, or in none. */
  async function take(counters: Counters): Promise<void> {
    for (const [i, [name, key]] of counters.entries()) {
      try {
        await limiter.take(name, key);
      } catch (error) {
        await giveBack(counters.slice(0, i));
        throw error;
      }
    }
  }

  return {
    giveBack,
    async look(counters, look) {
      await take(counters);
      try {
        return await look();
      } catch (error) {
        await giveBack(counters);
        throw error;
      }
    },
  };
}
