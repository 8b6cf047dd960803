import { randomBytes } from 'node:crypto';
import { answers, ask, binaries, startPostgres } from './postgres-server.ts';
import type { PostgresServer } from './postgres-server.ts';

/** Where the tests look for PostgreSQL first; the test run's set-up fills it in for its workers. */
export const POSTGRES_URL_VARIABLE = 'LATCHSTRING_TEST_POSTGRES_URL';

const POSTGRES_IS_MISSING =
  `No PostgreSQL for the tests: none listens on 127.0.0.1:5432 with trust, none is installed to be started. ` +
  `Install PostgreSQL 13 or later, or set ${POSTGRES_URL_VARIABLE}=postgres://USER:PASSWORD@HOST/postgres.`;

/** A database of one test file's own. */
export interface TestDatabase {
  readonly url: string;
  /** Closes what is still connected and removes the database. */
  drop(): Promise<void>;
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
  // No durability, since nothing in it outlives the tests.
  return binaries() === undefined ? undefined : startPostgres({ fsync: 'off' });
}

/**
 * PostgreSQL waits a few seconds for connections that are being closed: to cut them would be an error in somebody's hands.
 * What is still open after that was forgotten, and is cut.
 */
async function dropDatabase(server: string, name: string): Promise<void> {
  const statement = `DROP DATABASE IF EXISTS ${name}`;
  await ask(server, statement).catch(() => ask(server, `${statement} WITH (FORCE)`));
}

/**
 * Makes an empty database of the test file's own. Throws with a sentence that says what to install when there is
 * no PostgreSQL, so that the tests that need it fail rather than pass unseen.
 */
export async function createDatabase(): Promise<TestDatabase> {
  const server = process.env[POSTGRES_URL_VARIABLE];
  if (!server) throw new Error(POSTGRES_IS_MISSING);
  const name = `latchstring_test_${randomBytes(8).toString('hex')}`;
  await ask(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => dropDatabase(server, name) };
}
