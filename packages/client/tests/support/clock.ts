/** Time that moves when a test says so, for a server and its tabs alike. */
export interface Clock {
  readonly now: () => number;
  readonly setTimeout: (callback: () => void, milliseconds: number) => unknown;
  readonly clearTimeout: (timer: never) => void;
  /** Moves on, and calls back what is due on the way. */
  advance(milliseconds: number): void;
  /** How many timers wait for longer than a lock's mark does. */
  readonly waiting: number;
}

/** A clock that starts in 2026. */
export function createClock(): Clock {
  let now = Date.UTC(2026, 10, 22);
  const timers = new Map<object, { at: number; callback: () => void }>();
  return {
    now: () => now,
    setTimeout(callback, milliseconds) {
      const timer = {};
      timers.set(timer, { at: now + milliseconds, callback });
      return timer;
    },
    clearTimeout: (timer) => void timers.delete(timer),
    advance(milliseconds) {
      now += milliseconds;
      for (const [timer, { at, callback }] of [...timers].sort(([, a], [, b]) => a.at - b.at)) {
        if (at > now || !timers.delete(timer)) continue;
        callback();
      }
    },
    get waiting() {
      return [...timers.values()].filter(({ at }) => at > now + 5_000).length;
    },
  };
}
