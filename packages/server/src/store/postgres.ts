import { Socket } from 'node:net';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Transaction } from 'kysely';
import pg from 'pg';
import { StoreUnavailableError } from '../ports/store.ts';
import { createPostgresAttempts } from './attempts-postgres.ts';
import type { Database } from './database.ts';
import { isRefusedSetting, isRetryable, translate } from './failures.ts';
import { migrate } from './migrations/index.ts';
import { listenForRevocations, notifyRevocation } from './postgres-listener.ts';
import { createPostgresRefresh } from './refresh-postgres.ts';
import type { Schema } from './schema.ts';

/** How long another process's migration is waited for. Milliseconds. */
const MIGRATION_PATIENCE = 60_000;

/** Any number that nobody else uses for an advisory lock. */
const MIGRATION_LOCK = 7_203_114_529;

/** How often a transaction that lost a deadlock is run. */
const TRIES = 5;

/** A connection that said nothing for this many statement time-outs is gone. The pool closes idle ones before that. */
const SILENCE = 1.2;

/** What a PostgreSQL database is opened with. Times are milliseconds. */
export interface PostgresOptions {
  readonly url: string;
  /** For LISTEN, which a pooler may not pass on. */
  readonly directUrl: string;
  readonly prepare: boolean;
  readonly connections: number;
  /** How long a statement may take, and a connection, new or out of the pool, may be waited for. */
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
  const { clockOffset, prepare, statementTimeout } = options;
  await migrateWithPatience(options);
  const pool = createPool(options);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const now: Database['now'] = () =>
    sql<number>`(select floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ${clockOffset()}::bigint)`;
  const read: Database['read'] = (query) => retrying(() => query(db));
  const write: Database['write'] = (act) =>
    retrying(() =>
      db.transaction().execute(async (tx) => {
        if (!prepare) await boundWaits(tx, statementTimeout);
        return act(tx);
      }),
    );
  return {
    locksRows: true,
    now,
    read,
    write,
    // PostgreSQL itself commits together what comes together.
    writeTogether: write,
    refreshAll: createPostgresRefresh({ pool, prepare, clockOffset, retrying }),
    refreshGroups: { size: 64, inFlight: 2 },
    listen: (tell) => listenForRevocations(options.directUrl, tell),
    notify: notifyRevocation,
    attempts: createPostgresAttempts({ read, now }),
    close: () => db.destroy(),
  };
}

/** Migrates over a connection of its own, which may wait for longer than a request's. */
async function migrateWithPatience(options: PostgresOptions): Promise<void> {
  const pool = createPool({ ...options, statementTimeout: MIGRATION_PATIENCE, connections: 1 });
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const types = {
    uuid: 'uuid',
    bytes: 'bytea',
    integer: 'bigint',
    table: '',
    busyTable: 'with (fillfactor = 70)',
    attempts: 'table',
  } as const;
  try {
    await migrate(db, types, async (tx) => {
      await boundWaits(tx, MIGRATION_PATIENCE);
      await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK}::bigint)`.execute(tx);
    });
  } finally {
    await db.destroy();
  }
}

function createPool({ url, prepare, connections, statementTimeout }: PostgresOptions): pg.Pool {
  const numbers = new pg.TypeOverrides();
  numbers.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: statementTimeout,
    idleTimeoutMillis: statementTimeout,
    keepAlive: true,
    application_name: 'latchstring',
    // A pooler refuses settings that it does not know; each transaction makes them for itself then.
    ...(prepare && {
      statement_timeout: statementTimeout,
      lock_timeout: statementTimeout,
      idle_in_transaction_session_timeout: statementTimeout,
    }),
    verify: refuseReplica,
    // Counters and milliseconds stay far below 2^53. For this pool only: others in the process may want strings.
    types: numbers,
  });
  // A connection that breaks is reported by the statement on it, or replaced at the next use. Unheard, the event
  // would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    const { stream } = (client as pg.Client).connection;
    // A server that is gone without a word does not obey a statement's time-out either.
    if (stream instanceof Socket) {
      stream.setTimeout(statementTimeout * SILENCE, () =>
        stream.destroy(new Error('Connection terminated by silence')),
      );
    }
  });
  return pool;
}

/** A session that was ended on the primary may still be alive on a replica: nothing is read there. */
function refuseReplica(client: pg.PoolClient, done: (error?: Error) => void): void {
  client
    .query<{ readonly replica: boolean }>('select pg_is_in_recovery() as replica')
    .then(
      ({ rows }) =>
        done(
          rows[0]?.replica === false
            ? undefined
            : new StoreUnavailableError(
                'LATCHSTRING_DATABASE_URL leads to a replica of the database, which may be behind. It must lead to the primary.',
              ),
        ),
      done,
    );
}

async function boundWaits(tx: Transaction<Schema>, timeout: number): Promise<void> {
  const value = String(timeout);
  await sql`select set_config('statement_timeout', ${value}, true), set_config('lock_timeout', ${value}, true)`.execute(
    tx,
  );
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
