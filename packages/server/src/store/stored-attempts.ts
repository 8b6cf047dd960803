import type { AttemptCounter } from '../ports/limiter.ts';

/** Counters of attempts that a database keeps. */
export interface StoredAttempts extends AttemptCounter {
  /** Deletes windows that are over. Answers how many. */
  prune(): Promise<number>;
  close(): void;
}
