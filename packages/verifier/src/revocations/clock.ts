/** Time as the feed sees it. Handed in by tests. */
export interface FeedClock {
  /** Seconds that never go back, from any beginning. */
  monotonic(): number;
  /**
   * Calls an action after some seconds, unless the returned function is called before. A process does not stay alive for
   * it, unless `keepsAlive` is true.
   */
  after(seconds: number, action: () => void, keepsAlive?: boolean): () => void;
}

/** The clock of this machine. */
export const systemClock: FeedClock = {
  monotonic: () => performance.now() / 1000,
  after(seconds, action, keepsAlive = false) {
    const timer = setTimeout(action, seconds * 1000);
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
