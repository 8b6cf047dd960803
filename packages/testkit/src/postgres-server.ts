import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './ports.ts';

/** A server that tests may make databases on. `stop` ends it if it was started here, else does nothing. */
export interface PostgresServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A server of the test's own, which it may do anything to. */
export interface PrivatePostgres extends PostgresServer {
  /** Ends it without any ceremony: SIGQUIT is PostgreSQL's immediate shutdown, SIGKILL a crash. Connections break. */
  crash(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
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

async function untilReady(url: string, server: ChildProcess): Promise<boolean> {
  const deadline = performance.now() + 30_000;
  while (server.exitCode === null && performance.now() < deadline) {
    if (await answers(url)) return true;
    await setTimeout(50);
  }
  return false;
}

/** Makes the files of a server in a folder, and answers how to run it on them. */
async function createCluster(
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly home: string; readonly url: string; readonly spawnServer: () => ChildProcess }> {
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
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return {
    home,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    spawnServer: () =>
      spawn(join(folder, 'postgres'), ['-D', data, ...flags], { ...user, cwd: home, stdio: 'ignore' }),
  };
}

/** Starts a server in a temporary folder, with `postgresql.conf` settings of the caller's. Throws if none is installed. */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<PrivatePostgres> {
  const { home, url, spawnServer } = await createCluster(settings);
  let server: ChildProcess | undefined;
  const crash = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = server;
    server = undefined;
    if (ending?.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    if (ending.kill(signal)) await ended;
  };
  const start = async (): Promise<void> => {
    const deadline = performance.now() + 60_000;
    // After a crash it refuses to start until the last process of the one before is gone.
    while (performance.now() < deadline) {
      server = spawnServer();
      if (await untilReady(url, server)) return;
      await crash('SIGQUIT');
      await setTimeout(100);
    }
    throw new Error('The PostgreSQL that the tests started did not come up within 60 s.');
  };
  // A run that ends in a hurry still takes its server along.
  const take = (): void => void server?.kill('SIGQUIT');
  process.once('exit', take);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', take);
    await crash('SIGQUIT');
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, crash, start, stop };
}
