import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpuMicroseconds } from './cpu.ts';

/** The ports of a child's servers, by the name of the variant. */
export type Ports = Readonly<Record<string, number>>;

/** A process that serves, so that its CPU time is the server's alone. */
export interface ServerProcess {
  readonly ports: Ports;
  /** Microseconds of CPU that it has used. */
  cpu(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a module that calls {@link serveParent}. The flags of this process hold for it too. */
export async function startServerProcess(module: URL, args: readonly string[]): Promise<ServerProcess> {
  const child = fork(module, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ports = (await answer(child)) as Ports;
  return {
    ports,
    cpu: async () => {
      const reply = answer(child);
      child.send('cpu');
      return (await reply) as number;
    },
    stop: async () => {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

async function answer(child: ChildProcess): Promise<unknown> {
  const stop = new AbortController();
  const { signal } = stop;
  const exit = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`The server process ended with ${String(code)}.`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal }), exit])) as unknown[];
    return message;
  } finally {
    stop.abort();
    exit.catch(() => undefined);
  }
}

/** In the child: tells the parent the ports, answers for the CPU time, and ends with the parent. */
export function serveParent(ports: Ports): void {
  process.on('message', () => process.send?.(cpuMicroseconds()));
  process.on('disconnect', () => process.exit());
  process.send?.(ports);
}
