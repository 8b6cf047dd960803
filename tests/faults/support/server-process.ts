import { randomBytes } from 'node:crypto';
import { commandEnvironment, startCommand } from '../../../packages/server/tests/support/command.ts';
import { APP_ORIGIN } from '../../../packages/server/tests/support/service.ts';

/** Short, so that refresh tokens are replaced while the test runs. Each client has one request under way at a time. */
const TIMES = {
  LATCHSTRING_REFRESH_CLIENT_TIMEOUT: '0.06',
  LATCHSTRING_REFRESH_DEADLINE: '0.6',
  LATCHSTRING_REFRESH_MINIMUM_AGE: '2',
  LATCHSTRING_REFRESH_SUPERSEDED_WINDOW: '0.5',
};

/** The settings of a server for tests, with a secret of its own. It logs defects only. */
export function serverEnvironment(databaseUrl: string): Readonly<Record<string, string>> {
  return {
    ...commandEnvironment(databaseUrl, randomBytes(32).toString('base64')),
    ...TIMES,
    LATCHSTRING_ORIGINS: APP_ORIGIN,
    LATCHSTRING_LIMITS: 'off',
    LATCHSTRING_LOG_LEVEL: 'error',
  };
}

/** A `latchstring serve` in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Ends it at once, and answers what it has logged. */
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
