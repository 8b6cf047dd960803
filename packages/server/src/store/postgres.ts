import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Transaction } from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';
import { isRefusedSetting, isRetryable, translate } from './failures.ts';
import { migrate } from './migrations/index.ts';
import { createPostgresRefresh } from './refresh-postgres.ts';
import type { Schema } from './schema.ts';

/** How long another process's migration is waited for. Milliseconds. */
const MIGRATION_PATIENCE = 60_000;

/** Any number that nobody else uses for an advisory lock. */
const MIGRATION_LOCK = 7_203_114_529;

/** How often a transaction that lost a deadlock is run. */
const TRIES = 5;

const INT8 = 20;

/** What a PostgreSQL database is opened with. Times are milliseconds. */
export interface PostgresOptions {
  readonly url: string;
  readonly prepare: boolean;
  readonly connections: number;
  readonly statementTimeout: number;
  readonly clockOffset: () => number;
}

/** Connects to a database and brings its schema up to date. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  try {
    return await connect(options);
  } catch (error) {
    // A pooler that does not pass settings on in the start-up packet keeps no prepared statements either.
    if (options.prepare && isRefusedSetting(error)) return connect({ ...options, prepare: false });
    throw error;
  }
}

async function connect(options: PostgresOptions): Promise<Database> {
  const { clockOffset, prepare } = options;
  const pool = createPool(options);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(
      db,
      { uuid: 'uuid', bytes: 'bytea', integer: 'bigint', table: '', busyTable: 'with (fillfactor = 70)' },
      lockMigrations,
    );
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    dialect: 'postgres',
    locksRows: true,
    now: () =>
      sql<number>`(select floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ${clockOffset()}::bigint)`,
    read: (query) => retrying(() => query(db)),
    write: (act) =>
      retrying(() =>
        db.transaction().execute(async (tx) => {
          if (!prepare) await boundWaits(tx, options.statementTimeout);
          return act(tx);
        }),
      ),
    refreshAll: createPostgresRefresh({ pool, prepare, clockOffset, retrying }),
    refreshGroups: { size: 64, inFlight: 2 },
    close: () => db.destroy(),
  };
}

function createPool({ url, prepare, connections, statementTimeout }: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: Math.max(4, connections),
    connectionTimeoutMillis: statementTimeout,
    // The last resort, for a server that is gone without a word: it says nothing to a statement's time-out either.
    query_timeout: MIGRATION_PATIENCE + statementTimeout,
    keepAlive: true,
    application_name: 'latchstring',
    // A pooler refuses settings that it does not know; each transaction makes them for itself then.
    ...(prepare && {
      statement_timeout: statementTimeout,
      lock_timeout: statementTimeout,
      idle_in_transaction_session_timeout: statementTimeout,
    }),
    // Counters and milliseconds stay far below 2^53. For this pool only: others in the process may want strings.
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A connection that breaks is reported by the statement on it, or replaced at the next use. Unheard, the event
  // would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

async function boundWaits(tx: Transaction<Schema>, timeout: number): Promise<void> {
  const value = String(timeout);
  await sql`select set_config('statement_timeout', ${value}, true), set_config('lock_timeout', ${value}, true)`.execute(
    tx,
  );
}

async function lockMigrations(tx: Transaction<Schema>): Promise<void> {
  await boundWaits(tx, MIGRATION_PATIENCE);
  await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK}::bigint)`.execute(tx);
}

/** Runs work again that lost a deadlock, and tells of a database that does not answer. */
async function retrying<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES || !isRetryable(error)) throw translate(error);
    }
  }
}
