// Plain JavaScript for Node ≥ 18: scripts/run.mjs uses it before there is a better Node.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Passes the signals to stop on to the child, and lets it decide when both end. */
export function passSignalsOn(child) {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches the child by itself; a second one could cut its shutdown short.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  process.on('disconnect', () => child.kill('SIGTERM'));
}

/** Settles at the first signal to stop, or when the process that started this one is gone. */
export function untilAskedToStop() {
  return new Promise((resolve) => {
    for (const event of [...SIGNALS, 'disconnect']) process.on(event, () => resolve('asked'));
  });
}
