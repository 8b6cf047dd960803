import type { FeedClock } from '../../../packages/verifier/src/index.ts';

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** The machine's clock, which can be moved ahead: what is due on the way is called. */
export class MovedClock implements FeedClock {
  /** By how much the wall clock is wrong, in seconds. */
  skew = 0;
  #ahead = 0;
  #lost = 0;
  #stoppedAt: number | undefined;
  readonly #timers = new Set<Timer>();
  readonly #ticking: NodeJS.Timeout = setInterval(() => this.#fire(), 10);

  monotonic(): number {
    return performance.now() / 1000 + this.#ahead - this.lost;
  }

  /** For how many seconds of the machine's time it has stood still. */
  get lost(): number {
    const since = this.#stoppedAt === undefined ? 0 : performance.now() / 1000 - this.#stoppedAt;
    return this.#lost + since;
  }

  /** Seconds since the Unix epoch. */
  readonly now = (): number => Date.now() / 1000 + this.#ahead + this.skew - this.lost;

  after(seconds: number, action: () => void): () => void {
    const timer = { at: this.monotonic() + seconds, action };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  advance(seconds: number): void {
    this.#ahead += seconds;
    this.#fire();
  }

  /** Lets it stand still, so that only `advance` moves it, until it is let go. */
  stand(): void {
    this.#stoppedAt ??= performance.now() / 1000;
  }

  go(): void {
    this.#lost = this.lost;
    this.#stoppedAt = undefined;
  }

  stop(): void {
    clearInterval(this.#ticking);
  }

  #fire(): void {
    const due = [...this.#timers].filter(({ at }) => at <= this.monotonic());
    for (const timer of due.sort((a, b) => a.at - b.at)) if (this.#timers.delete(timer)) timer.action();
  }
}
