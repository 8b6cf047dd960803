/**
 * Begins something so many times a second, for so many seconds, whether what was begun before is over or not; the work is told the
 * moment at which its turn came (`performance.now()`), so that what had to wait for its turn counts as slow. Ends when all is over.
 */
export async function offer(
  perSecond: number,
  seconds: number,
  work: (due: number) => Promise<void>,
): Promise<void> {
  const total = Math.round(perSecond * seconds);
  const interval = 1000 / perSecond;
  const start = performance.now();
  const begun: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      while (begun.length < total && start + begun.length * interval <= performance.now()) {
        begun.push(work(start + begun.length * interval));
      }
      if (begun.length < total) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(begun);
}
