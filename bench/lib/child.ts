import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpuMicroseconds } from './cpu.ts';

/** The ports of a child's servers, by the name of the variant. */
export type Ports = Readonly<Record<string, number>>;

/** What a child does for its parent, by name. */
export type Commands = Readonly<Record<string, (argument: never) => unknown>>;

/** A process that serves, so that its CPU time is the server's alone. */
export interface ServerProcess {
  readonly ports: Ports;
  /** Microseconds of CPU that it has used. */
  cpu(): Promise<number>;
  /** What one of its commands answers. One question at a time. */
  ask(command: string, argument?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a module that calls {@link serveParent}. The flags of this process hold for it too. */
export async function startServerProcess(module: URL, args: readonly string[]): Promise<ServerProcess> {
  const child = fork(module, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const ports = (await answer(child)) as Ports;
  const ask = async (command: string, argument?: unknown): Promise<unknown> => {
    const reply = answer(child);
    child.send({ command, argument });
    return reply;
  };
  return {
    ports,
    cpu: async () => (await ask('cpu')) as number,
    ask,
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

/** In the child: tells the parent the ports, does what it asks for, answers for the CPU time, and ends with the parent. */
export function serveParent(ports: Ports, commands: Commands = {}): void {
  const known: Commands = { cpu: cpuMicroseconds, ...commands };
  process.on('message', ({ command, argument }: { command: string; argument: never }) => {
    void Promise.resolve(known[command]?.(argument)).then((result) => process.send?.(result ?? null));
  });
  process.on('disconnect', () => process.exit());
  process.send?.(ports);
}
