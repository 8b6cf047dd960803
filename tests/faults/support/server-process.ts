import { startCommand } from '../../../packages/server/tests/support/command.ts';

/** A `latchstring serve` in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** What it has logged, when it has ended. */
  kill(): Promise<string>;
}

/** Starts the real command on a free port, and waits until it listens. */
export async function startServer(environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const running = startCommand(['serve', '--port', '0'], environment);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await running.firstLine)?.[0] ?? '';
  return {
    url,
    pid: running.child.pid ?? 0,
    async kill() {
      running.child.kill('SIGKILL');
      const { stdout, stderr } = await running.result;
      return stdout + stderr;
    },
  };
}
