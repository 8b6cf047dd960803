import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { addressKey } from '../domain/address-key.ts';
import { ServiceError } from '../domain/errors.ts';
import type { Limiter, LimitName } from '../ports/limiter.ts';

/** How many attempts in how many seconds. */
const LIMITS: Record<LimitName, { readonly points: number; readonly duration: number }> = {
  register_address: { points: 30, duration: 3600 },
  login_address: { points: 100, duration: 60 },
  // Failures: a right password gives its attempt back.
  login_account: { points: 10, duration: 900 },
  refresh_session: { points: 60, duration: 60 },
};

/** Counts in this process's memory. */
export function createMemoryLimiter(): Limiter {
  const limiters = new Map<LimitName, RateLimiterMemory>();
  const limiterOf = (name: LimitName): RateLimiterMemory => {
    let limiter = limiters.get(name);
    if (limiter === undefined)
      limiters.set(name, (limiter = new RateLimiterMemory({ keyPrefix: name, ...LIMITS[name] })));
    return limiter;
  };
  return {
    async take(name, key) {
      try {
        await limiterOf(name).consume(keyOf(name, key));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw new ServiceError('rate_limited', 'Too many attempts. Wait, then try again.', {
          retryAfter: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
        });
      }
    },
    async giveBack(name, key) {
      await limiterOf(name).reward(keyOf(name, key));
    },
  };
}

function keyOf(name: LimitName, key: string): string {
  return name.endsWith('_address') ? addressKey(key) : key;
}

/** Counts nothing: for tests and benches, on localhost only. */
export function createNoLimiter(): Limiter {
  return { take: () => Promise.resolve(), giveBack: () => Promise.resolve() };
}
