/** Microseconds of CPU that this process has used, in all its threads. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Microseconds of CPU per operation of a synchronous function. */
export function measureSync(operations: number, operation: (at: number) => unknown): number {
  const start = cpuMicroseconds();
  for (let at = 0; at < operations; at++) operation(at);
  return (cpuMicroseconds() - start) / operations;
}

/** Microseconds of CPU per operation of an asynchronous function, one after the other. */
export async function measureAsync(
  operations: number,
  operation: (at: number) => Promise<unknown>,
): Promise<number> {
  const start = cpuMicroseconds();
  for (let at = 0; at < operations; at++) await operation(at);
  return (cpuMicroseconds() - start) / operations;
}
