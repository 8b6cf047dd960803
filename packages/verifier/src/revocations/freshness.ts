import type { FeedClock } from './clock.ts';

/** A feed whose time is off the local clock by more than this many seconds counts as that stale. */
const MAXIMUM_SKEW = 60;

/** Seconds that two clocks drift apart in a second, at the worst, where nothing sets them. */
const DRIFT = 1e-4;

interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * How far behind the issuer this process may be, judged by the times in the events.
 *
 * The time of an event says up to when the log is known, by the issuer's clock. What that is by the local one follows from the
 * least delay that was seen on this connection: an event that took longer than that was held up.
 */
export class Freshness {
  readonly #clock: FeedClock;
  readonly #wall: () => number;
  #lastTime = -Infinity;
  #least = Infinity;
  #leastAt = 0;
  #skew = 0;
  /** Up to when the log is known. */
  #known: Moment = { monotonic: -Infinity, wall: -Infinity };

  /** `wall`: seconds since the Unix epoch. */
  constructor(clock: FeedClock, wall: () => number) {
    this.#clock = clock;
    this.#wall = wall;
  }

  /** A new connection has delays of its own. */
  connect(): void {
    this.#least = Infinity;
  }

  /** Whether a time is later than that of every event before. */
  isRisen(time: number): boolean {
    this.#forgetFuture();
    return time > this.#lastTime;
  }

  /** An event has come after which the log is known up to its time. One whose time has not risen says nothing. */
  hear(time: number): void {
    if (!this.isRisen(time)) return;
    const now = { monotonic: this.#clock.monotonic(), wall: this.#wall() };
    const off = Math.abs(now.wall - time);
    this.#skew = off > MAXIMUM_SKEW ? off : 0;
    // A wrong clock must not set the mark for the times that follow when it is right again.
    if (this.#skew > 0) return;
    this.#lastTime = time;
    const held = this.#heldUp(now.monotonic - time, now.monotonic);
    this.#known = { monotonic: now.monotonic - held, wall: now.wall - held };
  }

  /** Seconds since the log was known to be complete; Infinity if it never was. */
  staleness(): number {
    // The monotonic clock stands still while a machine sleeps, the other one does not.
    const age = Math.max(this.#clock.monotonic() - this.#known.monotonic, this.#wall() - this.#known.wall);
    return Math.max(age, this.#skew);
  }

  /** A mark that is ahead of the clock was set when the clock was wrong: it must not outlast that, nor its delays. */
  #forgetFuture(): void {
    if (this.#lastTime <= this.#wall() + MAXIMUM_SKEW) return;
    this.#lastTime = -Infinity;
    this.connect();
  }

  /** Seconds by which a delay exceeds the least one. */
  #heldUp(delay: number, now: number): number {
    this.#least = Math.min(delay, this.#least + (now - this.#leastAt) * DRIFT);
    this.#leastAt = now;
    return delay - this.#least;
  }
}
