import { setImmediate } from 'node:timers/promises';
import type { FeedClock } from '../../src/index.ts';
import { NOW } from '../support.ts';

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** Time that stands still until it is moved. */
export class World implements FeedClock {
  /** How far the wall clock of the verifier's machine is off, in seconds. */
  skew = 0;
  #elapsed = 0;
  readonly #timers = new Set<Timer>();

  /** The right time, in seconds since the Unix epoch. */
  get time(): number {
    return NOW + this.#elapsed;
  }

  /** The verifier's wall clock. */
  readonly now = (): number => this.time + this.skew;

  monotonic(): number {
    return 5000 + this.#elapsed;
  }

  after(seconds: number, action: () => void): () => void {
    const timer = { at: this.#elapsed + seconds, action };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Moves time, and calls what is due on the way. */
  advance(seconds: number): void {
    const end = this.#elapsed + seconds;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.action();
    }
    this.#elapsed = end;
  }

  /** Lets sockets and promises work until something holds. Time stands still, but what is due now happens. */
  async until(holds: () => boolean, what = 'what the test waits for'): Promise<void> {
    if (!(await this.settle(holds, 5000))) throw new Error(`It did not come: ${what}.`);
  }

  /** The same for some milliseconds at most: whether it holds then. */
  async settle(holds: () => boolean, milliseconds: number): Promise<boolean> {
    const deadline = performance.now() + milliseconds;
    while (!holds()) {
      if (performance.now() > deadline) return false;
      this.advance(0);
      await setImmediate();
    }
    return true;
  }
}
