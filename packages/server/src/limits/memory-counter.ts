import type { Clock } from '../ports/clock.ts';
import type { AttemptCounter, Limit } from '../ports/limiter.ts';

/** Keys that are counted at once, for each limit. */
const CAPACITY = 50_000;

interface Window {
  count: number;
  readonly endsAt: number;
}

/**
 * Counts in this process's memory, which is bounded although strangers choose the keys: when it is full, the key with the
 * fewest attempts makes room.
 *
 * So a counter that stands at n can only be pushed out by attempts on as many others as there is room for, n on each of
 * them: who guesses passwords is never better off, for every one of those attempts costs a hash of this process.
 */
export function createMemoryCounter(clock: Clock, capacity: number = CAPACITY): AttemptCounter {
  const shelves = new Map<string, Shelf>();
  const shelfOf = (limit: Limit): Shelf => {
    let shelf = shelves.get(limit.name);
    if (shelf === undefined) shelves.set(limit.name, (shelf = new Shelf(limit, capacity)));
    return shelf;
  };
  return {
    count: (limit, key) => Promise.resolve(shelfOf(limit).count(key, clock.monotonic())),
    takeBack(limit, key) {
      shelfOf(limit).takeBack(key);
      return Promise.resolve();
    },
  };
}

interface Level {
  readonly keys: Set<string>;
  readonly walk: Walk<string>;
}

/**
 * Walks over what is added to a collection, once. A new iterator would step over all that was deleted at the beginning,
 * which takes as long as the collection is large.
 */
class Walk<Entry> {
  readonly #collection: Iterable<Entry>;
  #iterator: Iterator<Entry> | undefined;
  #first: IteratorResult<Entry, undefined> | undefined;

  constructor(collection: Iterable<Entry>) {
    this.#collection = collection;
  }

  /** The first that was not passed; it may have been deleted since. */
  get first(): Entry | undefined {
    if (this.#first === undefined) {
      this.#iterator ??= this.#collection[Symbol.iterator]();
      this.#first = this.#iterator.next() as IteratorResult<Entry, undefined>;
      // An iterator that has come to the end stays there, whatever is added.
      if (this.#first.done === true) this.#first = this.#iterator = undefined;
    }
    return this.#first?.value;
  }

  pass(): void {
    this.#first = undefined;
  }
}

/** The counters of one limit. Times are milliseconds by one monotonic clock. */
export class Shelf {
  readonly #limit: Pick<Limit, 'attempts' | 'window'>;
  readonly #capacity: number;
  /** In the order in which they end, for all windows are equally long. */
  readonly #windows = new Map<string, Window>();
  readonly #ending = new Walk(this.#windows);
  /** The keys by their count, those that have stood there the longest first. */
  readonly #levels: readonly Level[];

  constructor(limit: Pick<Limit, 'attempts' | 'window'>, capacity: number) {
    this.#limit = limit;
    this.#capacity = capacity;
    this.#levels = Array.from({ length: limit.attempts + 1 }, () => {
      const keys = new Set<string>();
      return { keys, walk: new Walk(keys) };
    });
  }

  /** How many keys are counted. */
  get size(): number {
    return this.#windows.size;
  }

  /** How many attempts are counted under a key. */
  standing(key: string): number {
    return this.#windows.get(key)?.count ?? 0;
  }

  /** As {@link AttemptCounter.count}. */
  count(key: string, now: number): number {
    this.#forget(now);
    const window = this.#windows.get(key);
    if (window === undefined) {
      if (this.#windows.size >= this.#capacity) this.#makeRoom();
      this.#windows.set(key, { count: 1, endsAt: now + this.#limit.window });
      this.#levels[1]?.keys.add(key);
      return 0;
    }
    if (window.count >= this.#limit.attempts) return Math.max(1, window.endsAt - now);
    this.#move(key, window, window.count + 1);
    return 0;
  }

  takeBack(key: string): void {
    const window = this.#windows.get(key);
    if (window === undefined) return;
    if (window.count === 1) this.#delete(key, window);
    else this.#move(key, window, window.count - 1);
  }

  #forget(now: number): void {
    for (let first = this.#ending.first; first !== undefined; first = this.#ending.first) {
      const [key, window] = first;
      // It may have been taken back, and counted anew.
      if (this.#windows.get(key) === window) {
        if (window.endsAt > now) return;
        this.#delete(key, window);
      }
      this.#ending.pass();
    }
  }

  #makeRoom(): void {
    const level = this.#levels.find(({ keys }) => keys.size > 0);
    const key = level?.walk.first;
    if (level === undefined || key === undefined) return;
    level.walk.pass();
    level.keys.delete(key);
    this.#windows.delete(key);
  }

  #move(key: string, window: Window, count: number): void {
    this.#levels[window.count]?.keys.delete(key);
    window.count = count;
    this.#levels[count]?.keys.add(key);
  }

  #delete(key: string, window: Window): void {
    this.#levels[window.count]?.keys.delete(key);
    this.#windows.delete(key);
  }
}
