import { setTimeout } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { CompiledQuery, Kysely, sql, SqliteAdapter, SqliteDialect, SqliteDriver } from 'kysely';
import type { DatabaseConnection, SqliteDatabase } from 'kysely';
import { openSqliteAttempts } from './attempts-sqlite.ts';
import type { Database } from './database.ts';
import { isBusy, translate } from './failures.ts';
import { migrate } from './migrations/index.ts';
import { createPrivateFile } from './private-file.ts';
import { createSqliteRefresh } from './refresh-sqlite.ts';
import type { Schema } from './schema.ts';
import { createWalFlush } from './sqlite-flush.ts';

/** How long another process's start, which may migrate, is waited for. Milliseconds. */
const MIGRATION_PATIENCE = 60_000;

/**
 * How long another's transaction is waited for without letting anything else happen in this process: it may be one
 * of this very process's, on a store of its own. Milliseconds.
 */
const BLOCKING = 20;

const TYPES = {
  uuid: 'text',
  bytes: 'blob',
  integer: 'integer',
  table: 'strict',
  busyTable: 'strict',
  attempts: 'elsewhere',
} as const;

/** What a SQLite database is opened with. Milliseconds. */
export interface SqliteOptions {
  readonly path: string;
  /** How long another process's transaction is waited for. */
  readonly statementTimeout: number;
  readonly clockOffset: () => number;
}

/** Opens a file, which is made readable to its owner only, and brings its schema up to date. */
export async function openSqlite({ path, statementTimeout, clockOffset }: SqliteOptions): Promise<Database> {
  const file = openFile(path);
  const db = new Kysely<Schema>({ dialect: new ImmediateSqliteDialect(file) });
  const refreshAll = createSqliteRefresh(file, clockOffset);
  // The transaction itself is the lock.
  await migrate(db, TYPES, () => Promise.resolve()).catch(async (error: unknown) => {
    await db.destroy();
    throw error;
  });
  file.pragma(`busy_timeout = ${BLOCKING}`);
  const attempts = openSqliteAttempts(`${path}-limits`, clockOffset);

  const patiently = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const deadline = performance.now() + statementTimeout;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw translate(error);
        await setTimeout(Math.random() * 2 * BLOCKING);
      }
    }
  };
  const log = createWalFlush(path);
  /**
   * Runs work on the one connection, which Kysely lends to one at a time: nothing of it runs inside another's transaction. Every
   * work says how its commits reach the disk, so that none depends on how another ended.
   */
  const run = <Result>(
    synchronous: 'full' | 'normal',
    work: (db: Kysely<Schema>) => Promise<Result>,
  ): Promise<Result> =>
    patiently(() =>
      db.connection().execute(async (connection) => {
        file.exec(`pragma synchronous = ${synchronous}`);
        return work(connection);
      }),
    );
  /** Lets the commits of some work be seen before they are on the disk, and waits until they are. */
  const together = async <Result>(work: (db: Kysely<Schema>) => Promise<Result>): Promise<Result> => {
    const result = await run('normal', work);
    await log.flush();
    return result;
  };
  return {
    locksRows: false,
    now: () => sql<number>`(cast(round(unixepoch('subsec') * 1000) as integer) + ${clockOffset()})`,
    read: (query) => patiently(() => query(db)),
    write: (act) => run('full', (connection) => connection.transaction().execute(act)),
    writeTogether: (act) => together((connection) => connection.transaction().execute(act)),
    refreshAll: (attempts) => together(() => Promise.resolve(attempts).then(refreshAll)),
    // While one group waits for the disk, the next is written.
    refreshGroups: { size: 256, inFlight: 2 },
    attempts,
    async close() {
      attempts.close();
      await log.close();
      await db.destroy();
    },
  };
}

function openFile(path: string): Sqlite.Database {
  createPrivateFile(path);
  const file = new Sqlite(path, { timeout: MIGRATION_PATIENCE });
  try {
    file.pragma('journal_mode = WAL');
    // With less, a power cut could take back a commit that was acknowledged.
    file.pragma('synchronous = FULL');
    file.pragma('foreign_keys = ON');
    file.pragma('trusted_schema = OFF');
  } catch (error) {
    file.close();
    throw error;
  }
  return file;
}

/** Kysely's dialect with prepared statements kept, and transactions that take the write lock when they begin. */
class ImmediateSqliteDialect extends SqliteDialect {
  readonly #database: SqliteDatabase;

  constructor(file: Sqlite.Database) {
    const database = { prepare: preparing(file), close: () => file.close() } as SqliteDatabase;
    super({ database });
    this.#database = database;
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter();
  }

  override createDriver(): ImmediateSqliteDriver {
    return new ImmediateSqliteDriver({ database: this.#database });
  }
}

/** SQLite can undo a change of the schema; Kysely only fears migrations that switch foreign keys off. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** A transaction that reads first and writes later would fail at once where another process wrote in between. */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    } catch {
      // A full disk has ended the transaction already; the first error is the one to be told.
    }
  }
}

/** Keeps prepared statements by their text. The texts are the program's own, so there is an end to them. */
function preparing(file: Sqlite.Database): (text: string) => Sqlite.Statement {
  const statements = new Map<string, Sqlite.Statement>();
  return (text) => {
    let statement = statements.get(text);
    if (statement === undefined) statements.set(text, (statement = file.prepare(text)));
    return statement;
  };
}
