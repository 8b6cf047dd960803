import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './ports.ts';
import { startPrivateServer } from './private-server.ts';
import type { PrivateServer } from './private-server.ts';

/** A server that tests may make databases on. `stop` ends it if it was started here, else does nothing. */
export interface PostgresServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A PostgreSQL of the test's own. */
export interface PrivatePostgres extends PrivateServer {
  readonly url: string;
}

/** Runs one statement on a connection of its own, and answers its rows. */
export async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** Whether a database lets us in. */
export async function answers(url: string): Promise<boolean> {
  try {
    await ask(url, 'SELECT 1');
    return true;
  } catch {
    return false;
  }
}

/** The folder of the newest PostgreSQL that is installed: Debian's place first, then PATH. */
export function binaries(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

/** PostgreSQL refuses to run as root, so root lends it another user's name. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const uid = spawnSync('id', ['-u', name], { encoding: 'utf8' });
    const gid = spawnSync('id', ['-g', name], { encoding: 'utf8' });
    if (uid.status === 0 && gid.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  return undefined;
}

/**
 * Starts a server on a free port, with its files in a temporary folder and `postgresql.conf` settings of the caller's. Throws if
 * none is installed.
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<PrivatePostgres> {
  const folder = binaries();
  if (folder === undefined) throw new Error('No PostgreSQL is installed that the tests could start.');
  const home = mkdtempSync(join(tmpdir(), 'latchstring-postgres-'));
  const data = join(home, 'data');
  const user = owner();
  if (user) chownSync(home, user.uid, user.gid);
  const made = spawnSync(
    join(folder, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    { ...user, cwd: home, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const all = { port, listen_addresses: '127.0.0.1', unix_socket_directories: home, ...settings };
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const server = await startPrivateServer({
    command: join(folder, 'postgres'),
    args: ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    port,
    spawn: { ...user, cwd: home },
    isReady: () => answers(url),
    // PostgreSQL's immediate shutdown: it does not wait for clients, and leaves no process behind.
    quit: 'SIGQUIT',
    cleanUp: () => rmSync(home, { recursive: true, force: true }),
  });
  return { ...server, url };
}
