import { addressKey } from '../domain/address-key.ts';
import { ServiceError } from '../domain/errors.ts';
import type { AttemptCounter, Limit, LimitName, Limiter } from '../ports/limiter.ts';
import type { Mac } from '../ports/macs.ts';

const MINUTE = 60_000;

/** The limits of docs/server.md. */
const LIMITS: Readonly<Record<LimitName, Limit>> = {
  register_address: { name: 'register_address', attempts: 30, window: 60 * MINUTE },
  login_address: { name: 'login_address', attempts: 100, window: MINUTE },
  // Failures: a right password gives its attempt back.
  login_account: { name: 'login_account', attempts: 10, window: 15 * MINUTE },
  // Who goes on after each window waits for hours (NIST SP 800-63B-4 section 3.2.2 allows 100 in a row).
  login_account_day: { name: 'login_account_day', attempts: 50, window: 24 * 60 * MINUTE },
  login_device: { name: 'login_device', attempts: 10, window: 15 * MINUTE },
  password_session: { name: 'password_session', attempts: 10, window: 15 * MINUTE },
  password_user_day: { name: 'password_user_day', attempts: 50, window: 24 * 60 * MINUTE },
  refresh_session: { name: 'refresh_session', attempts: 60, window: MINUTE },
};

/** Addresses share so many counters: whoever owns a large network fills no database with them. */
const ADDRESS_BITS = 22;

/** What the limiter counts with. */
export interface LimiterOptions {
  /** Counts for all servers. */
  readonly shared: AttemptCounter;
  /** Counts in this process's memory. */
  readonly own: AttemptCounter;
  /** Names the counters, so that what counts learns no address and no email, and nobody can choose whose counter to share. */
  readonly mac: Mac;
}

/** Limits attempts by address, account and session. */
export function createLimiter({ shared, own, mac }: LimiterOptions): Limiter {
  /**
   * Refreshes are counted by each server for itself, for a refresh is to cost no more than its one statement: only who holds
   * a token with a right HMAC comes as far as this, and a client that runs wild is a burden to the server that it runs at.
   */
  const counterOf = (name: LimitName): AttemptCounter => (name === 'refresh_session' ? own : shared);

  function keyOf(name: LimitName, key: string): string {
    if (name === 'refresh_session') return key;
    const isAddress = name.endsWith('_address');
    const digest = Buffer.from(mac.sign(Buffer.from(`${name}:${isAddress ? addressKey(key) : key}`)));
    return isAddress
      ? (digest.readUInt32BE(0) >>> (32 - ADDRESS_BITS)).toString(36)
      : digest.toString('base64url', 0, 16);
  }

  return {
    async take(name, key) {
      const wait = await counterOf(name).count(LIMITS[name], keyOf(name, key));
      if (wait === 0) return;
      throw new ServiceError('rate_limited', 'Too many attempts. Wait, then try again.', {
        retryAfter: Math.ceil(wait / 1000),
      });
    },
    giveBack: (name, key) => counterOf(name).takeBack(LIMITS[name], keyOf(name, key)),
  };
}

/** Counts nothing: for tests and benches, on localhost only. */
export function createNoLimiter(): Limiter {
  return { take: () => Promise.resolve(), giveBack: () => Promise.resolve() };
}
