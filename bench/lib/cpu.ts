import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Microseconds of CPU that this process has used, in all its threads. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' | 'major' }) => void;

/**
 * Before a measurement, so that collecting what its preparation left is not a part of it. The young generation alone: after a full
 * collection the heap begins small and cold, which no server that runs ever does.
 */
function collectGarbage(): void {
  collect({ type: 'minor' });
}

/** Bytes that are in use, inside the heap and outside, once all that is garbage is collected. */
export function memoryInUse(): number {
  // Twice: what the first finds unreachable may let go of memory outside.
  for (let time = 0; time < 2; time++) collect({ type: 'major' });
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Microseconds of CPU that a synchronous function takes for one of the items. */
export function measureSync<Item>(items: readonly Item[], operation: (item: Item) => unknown): number {
  collectGarbage();
  const start = cpuMicroseconds();
  for (const item of items) operation(item);
  return (cpuMicroseconds() - start) / items.length;
}

/** Microseconds of CPU that an asynchronous function takes for one of the items, one after the other. */
export async function measureAsync<Item>(
  items: readonly Item[],
  operation: (item: Item) => Promise<unknown>,
): Promise<number> {
  collectGarbage();
  const start = cpuMicroseconds();
  for (const item of items) await operation(item);
  return (cpuMicroseconds() - start) / items.length;
}
