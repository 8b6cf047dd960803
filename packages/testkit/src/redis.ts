import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { startPrivateServer } from './private-server.ts';
import type { PrivateServer } from './private-server.ts';
import { findProgram } from './programs.ts';

/** A Redis of the test's own. */
export interface PrivateRedis extends PrivateServer {
  /** With the password, where it has one. */
  readonly url: string;
}

/** Whether {@link startRedis} can. */
export function redisIsAvailable(): boolean {
  return findProgram('redis-server') !== undefined;
}

/**
 * Starts a Redis on a free port, which keeps nothing on disk. One for each test file, for two services of one issuer on
 * one Redis would count together. Throws with a sentence that says what to install when there is none.
 */
export async function startRedis(password = ''): Promise<PrivateRedis> {
  const command = findProgram('redis-server');
  if (command === undefined)
    throw new Error('No Redis for the tests: install redis-server, so that it is on PATH.');
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-redis-'));
  const port = await freePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    requirepass: password,
  };
  const server = await startPrivateServer({
    command,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    port,
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  });
  const login = password === '' ? '' : `:${encodeURIComponent(password)}@`;
  return { ...server, url: `redis://${login}127.0.0.1:${port}` };
}
