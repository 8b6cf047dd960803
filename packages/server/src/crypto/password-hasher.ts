import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { ServiceError } from '../domain/errors.ts';
import type { PasswordHasher } from '../ports/hasher.ts';

/** How hard and how many at once. */
export interface PasswordHasherOptions {
  /** Hashes computed at once, each on a thread of its own. */
  readonly concurrency?: number;
  /** Hashes that may wait; what comes beyond is refused with `overloaded`. */
  readonly queue?: number;
}

// OWASP Password Storage Cheat Sheet: argon2id (the library's default) with 19 MiB, two passes, one lane, or more.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// Whoever asks for an account that does not exist waits as long as for one that does, at the first time too. Zeros are no
// hash of anything that is known, and a match would not count.
const DECOY = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** argon2id in worker threads, with a bounded queue, so that a storm of logins slows nothing else down. */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const run = createBoundedQueue(
    options.concurrency ?? Math.max(1, availableParallelism() - 1),
    options.queue ?? 100,
  );
  return {
    hash: (password) => run(() => hash(canonical(password), PARAMETERS)),
    verify: (stored, password) =>
      run(async () => {
        const right = await verify(stored ?? DECOY, canonical(password));
        return right && stored !== undefined;
      }),
  };
}

// NIST SP 800-63B-4 section 3.1.1.2: normalise before hashing, so that one password typed on two systems is one.
function canonical(password: string): string {
  return password.normalize('NFC');
}

/** Runs at most `concurrency` jobs at once and lets at most `limit` wait. */
function createBoundedQueue(concurrency: number, limit: number): <T>(job: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (job) => {
    if (running >= concurrency) {
      if (waiting.length >= limit) {
        throw new ServiceError('overloaded', 'Too many passwords wait to be checked. Try again shortly.', {
          retryAfter: 2,
        });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running++;
    }
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      // The place is passed on, so that nobody who comes now overtakes the one who waited.
      if (next === undefined) running--;
      else next();
    }
  };
}
