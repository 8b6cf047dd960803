import type { Clock } from '../ports/clock.ts';
import type { AttemptCounter, Limit } from '../ports/limiter.ts';

/** How long an answer of the shared place is waited for: a login asks twice, and then the database. Milliseconds. */
const PATIENCE = 1000;
/** How long a place that did not answer is left alone. Milliseconds. */
const PAUSE = 1000;
/** How long a refusal is believed without asking again. Milliseconds. */
const REFUSED_FOR = 1000;
/** Refusals that are remembered. */
const REFUSALS = 10_000;

/** What a guarded counter is made of. */
export interface GuardedCounterOptions {
  /** Counts for all servers. */
  readonly shared: AttemptCounter;
  /** Counts in its stead while it is away. */
  readonly own: AttemptCounter;
  readonly clock: Clock;
  /** Told of every failure of the shared place, and of every success. */
  readonly tell: (error?: unknown) => void;
}

/**
 * Counts in a shared place, and in this process's memory while that does not answer: nobody is refused for it, and every
 * limit holds still, for this process.
 *
 * A key that was refused is refused for a second without asking: a storm at one key costs the shared place next to nothing.
 */
export function createGuardedCounter({ shared, own, clock, tell }: GuardedCounterOptions): AttemptCounter {
  const refusals = new Map<string, { readonly endsAt: number; readonly until: number }>();
  let awayUntil = Number.NEGATIVE_INFINITY;

  async function guarded<Result>(act: (counter: AttemptCounter) => Promise<Result>): Promise<Result> {
    if (clock.monotonic() < awayUntil) return act(own);
    try {
      const result = await inTime(act(shared));
      tell();
      return result;
    } catch (error) {
      awayUntil = clock.monotonic() + PAUSE;
      tell(error);
      return act(own);
    }
  }

  function remembered(place: string): number {
    const now = clock.monotonic();
    const refusal = refusals.get(place);
    if (refusal === undefined) return 0;
    if (now < refusal.until) return Math.max(1, refusal.endsAt - now);
    refusals.delete(place);
    return 0;
  }

  function remember(place: string, wait: number): void {
    if (refusals.size >= REFUSALS) refusals.clear();
    const now = clock.monotonic();
    refusals.set(place, { endsAt: now + wait, until: now + Math.min(wait, REFUSED_FOR) });
  }

  return {
    async count(limit, key) {
      const place = placeOf(limit, key);
      const known = remembered(place);
      if (known > 0) return known;
      const wait = await guarded((counter) => counter.count(limit, key));
      if (wait > 0) remember(place, wait);
      return wait;
    },
    async takeBack(limit, key) {
      refusals.delete(placeOf(limit, key));
      await guarded((counter) => counter.takeBack(limit, key));
    },
  };
}

function placeOf({ name }: Limit, key: string): string {
  return `${name}:${key}`;
}

/** Rejects if there is no answer in time. What was asked for may still happen. */
async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error('The shared counters did not answer in time.'), { code: 'ETIMEDOUT' }));
    }, PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
