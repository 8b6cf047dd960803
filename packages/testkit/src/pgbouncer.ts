import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { startPrivateServer } from './private-server.ts';
import type { PrivateServer } from './private-server.ts';
import { findProgram } from './programs.ts';

/** A pgbouncer of the test's own, before one database. */
export interface PrivatePgbouncer extends PrivateServer {
  /** The same database through it. */
  readonly url: string;
}

/** Whether {@link startPgbouncer} can. */
export function pgbouncerIsAvailable(): boolean {
  return findProgram('pgbouncer') !== undefined;
}

/** It refuses to run as root, so root lends it another user's name. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout),
  );
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/**
 * Starts a pgbouncer in transaction mode on a free port, before the database of a URL. Throws with a sentence that says
 * what to install when there is none.
 */
export async function startPgbouncer(
  database: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PrivatePgbouncer> {
  const command = findProgram('pgbouncer');
  if (command === undefined)
    throw new Error('No pgbouncer for the tests: install it, so that it is on PATH.');
  const { hostname, port: behind, username, password, pathname } = new URL(database);
  const name = pathname.slice(1);
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-pgbouncer-'));
  const user = owner();
  const port = await freePort();
  const login = password === '' ? '' : ` password='${decodeURIComponent(password)}'`;
  const all = {
    ...{ listen_addr: '127.0.0.1', listen_port: String(port), unix_socket_dir: '', auth_type: 'any' },
    ...{ pool_mode: 'transaction', default_pool_size: '4', max_client_conn: '200' },
    ...settings,
  };
  const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}`);
  const target = `${name} = host=${hostname} port=${behind || '5432'} dbname=${name} user=${decodeURIComponent(username)}${login}`;
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(file, ['[databases]', target, '[pgbouncer]', ...lines, ''].join('\n'), { mode: 0o600 });
  if (user !== undefined) for (const path of [folder, file]) chownSync(path, user.uid, user.gid);
  const server = await startPrivateServer({
    command,
    args: ['-q', file],
    port,
    spawn: { ...user, cwd: folder },
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  });
  return { ...server, url: `postgres://${username}@127.0.0.1:${port}/${name}` };
}
