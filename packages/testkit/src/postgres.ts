import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './ports.ts';

/** Where the tests look for PostgreSQL first; the test run's set-up fills it in for its workers. */
export const POSTGRES_URL_VARIABLE = 'LATCHSTRING_TEST_POSTGRES_URL';

const POSTGRES_IS_MISSING =
  `No PostgreSQL for the tests: none listens on 127.0.0.1:5432 with trust, none is installed to be started. ` +
  `Install PostgreSQL 13 or later, or set ${POSTGRES_URL_VARIABLE}=postgres://USER:PASSWORD@HOST/postgres.`;

/** A server that tests may make databases on. `stop` ends it if it was started here, else does nothing. */
export interface PostgresServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A database of one test file's own. */
export interface TestDatabase {
  readonly url: string;
  /** Closes what is still connected and removes the database. */
  drop(): Promise<void>;
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await run(url, 'SELECT 1');
    return true;
  } catch {
    return false;
  }
}

/** The folder of the newest PostgreSQL that is installed: Debian's place first, then PATH. */
function binaries(): string | undefined {
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
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** A server of our own in a temporary folder: no durability, since nothing in it outlives the tests. */
async function startPostgres(folder: string): Promise<PostgresServer> {
  const home = mkdtempSync(join(tmpdir(), 'latchstring-postgres-'));
  const data = join(home, 'data');
  const user = owner();
  if (user) chownSync(home, user.uid, user.gid);
  const made = spawnSync(
    join(folder, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    {
      ...user,
      cwd: home,
      encoding: 'utf8',
    },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);

  const port = await freePort();
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: home, fsync: 'off' };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(folder, 'postgres'), ['-D', data, ...flags], {
    ...user,
    cwd: home,
    stdio: 'ignore',
  });
  // A run that ends in a hurry still takes its server along.
  process.once('exit', () => server.kill('SIGQUIT'));
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    // SIGQUIT is PostgreSQL's immediate shutdown: it does not wait for clients.
    if (server.exitCode === null && server.kill('SIGQUIT')) await ended;
    rmSync(home, { recursive: true, force: true });
  };
  if (await untilReady(url, server)) return { url, stop };
  await stop();
  throw new Error('The PostgreSQL that the tests started did not come up within 30 s.');
}

/** The address of a PostgreSQL that runs already and lets us in. */
async function runningPostgres(): Promise<string | undefined> {
  const given = process.env[POSTGRES_URL_VARIABLE];
  if (given) return given;
  for (const user of ['postgres', 'root']) {
    const url = `postgres://${user}@127.0.0.1:5432/postgres`;
    if (await answers(url)) return url;
  }
  return undefined;
}

/** Whether {@link findPostgres} would find one, or could start one. */
export async function postgresIsAvailable(): Promise<boolean> {
  return binaries() !== undefined || (await runningPostgres()) !== undefined;
}

/**
 * Finds a PostgreSQL to test on: the one named in `LATCHSTRING_TEST_POSTGRES_URL`, else what listens on
 * 127.0.0.1:5432 and trusts us, else one started here.
 *
 * @returns undefined when there is none and none can be started
 */
export async function findPostgres(): Promise<PostgresServer | undefined> {
  const running = await runningPostgres();
  if (running !== undefined) return { url: running, stop: () => Promise.resolve() };
  const folder = binaries();
  return folder === undefined ? undefined : startPostgres(folder);
}

/**
 * PostgreSQL waits a few seconds for connections that are being closed: to cut them would be an error in somebody's hands.
 * What is still open after that was forgotten, and is cut.
 */
async function dropDatabase(server: string, name: string): Promise<void> {
  const statement = `DROP DATABASE IF EXISTS ${name}`;
  await run(server, statement).catch(() => run(server, `${statement} WITH (FORCE)`));
}

/**
 * Makes an empty database of the test file's own. Throws with a sentence that says what to install when there is
 * no PostgreSQL, so that the tests that need it fail rather than pass unseen.
 */
export async function createDatabase(): Promise<TestDatabase> {
  const server = process.env[POSTGRES_URL_VARIABLE];
  if (!server) throw new Error(POSTGRES_IS_MISSING);
  const name = `latchstring_test_${randomBytes(8).toString('hex')}`;
  await run(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => dropDatabase(server, name) };
}
