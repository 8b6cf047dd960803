import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RevocationChannel } from '../ports/revocation-channel.ts';
import type { Store } from '../ports/store.ts';
import { readClock } from './database.ts';
import type { Database } from './database.ts';
import { boundRequests } from './bound.ts';
import { createEventStore } from './events.ts';
import { translate } from './failures.ts';
import { createKeyStore } from './keys.ts';
import { rememberLifetime } from './meta.ts';
import { openPostgres } from './postgres.ts';
import { prune } from './pruning.ts';
import { createRecoveryStore } from './recovery.ts';
import { createRefreshQueue } from './refresh-queue.ts';
import { createRestoreStore } from './restore.ts';
import { createRevocationSignal, telling } from './revocation-signal.ts';
import { createRevocationStore } from './revocations.ts';
import { createSessionStore } from './sessions.ts';
import { openSqlite } from './sqlite.ts';
import { createUserStore } from './users.ts';

/** What a store is opened with. Times are milliseconds. */
export interface StoreOptions {
  /** `file:PATH`, relative to the working directory or absolute, or `postgres://…`. */
  readonly url: string;
  /** Revocations are kept for the longest of these that the database was ever opened with, and a margin. */
  readonly accessTokenLifetime: number;
  /** Added to the database's clock inside the statements. Only tests set it: they move time instead of sleeping. */
  readonly clockOffset?: () => number;
  /** PostgreSQL: `false` where a pooler stands between that keeps no prepared statements. Found out if left out. */
  readonly prepare?: boolean;
  /** How long a statement, and a wait for a lock or a connection, may take: 5000 if left out. */
  readonly statementTimeout?: number;
  /** PostgreSQL: where to listen for other servers' revocations, past a pooler that passes none on. `url` if left out. */
  readonly directUrl?: string;
  /** PostgreSQL: the most connections, at least 4. 10 if left out. */
  readonly connections?: number;
  /** Carries the news of revocations between processes, beside what the database itself tells. */
  readonly channel?: RevocationChannel | undefined;
}

/**
 * Opens the database, brings its schema up to date and hands out the store over it.
 *
 * Rejects with StoreUnavailableError where the database does not answer, and with a TypeError for a URL of another
 * kind. Not checked here: that nobody else may read the file's folder or the database.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = await openDatabase(options).catch((error: unknown) => {
    throw translate(error);
  });
  await database.write((tx) => rememberLifetime(tx, options.accessTokenLifetime));
  const requests = boundRequests(database);
  const signal = createRevocationSignal();
  const stopListening = database.listen?.(signal.tell);
  const { channel } = options;
  channel?.subscribe(signal.tell);
  const methods = {
    attempts: database.attempts,
    now: () => database.read((db) => readClock(database, db)),
    async close() {
      await stopListening?.();
      await database.close();
    },
    ...createUserStore(requests),
    ...createSessionStore(requests),
    refresh: createRefreshQueue({ run: database.refreshAll, ...database.refreshGroups }),
    ...createRecoveryStore(database),
    ...createRestoreStore(database),
    ...createKeyStore(database),
    ...createRevocationStore(database),
    ...createEventStore(requests),
    watchRevocations: signal.watch,
    prune: () => prune(database),
  };
  return telling(methods, {
    tell() {
      signal.tell();
      channel?.publish();
    },
  });
}

async function openDatabase(options: StoreOptions): Promise<Database> {
  const { url, clockOffset = () => 0, statementTimeout = 5000 } = options;
  if (/^file:./.test(url)) return openSqlite({ path: filePath(url), statementTimeout, clockOffset });
  if (/^postgres(ql)?:\/\//.test(url)) {
    const { prepare = true, connections = 10, directUrl = url } = options;
    return openPostgres({ url, directUrl, statementTimeout, clockOffset, prepare, connections });
  }
  // The URL itself may hold a password.
  throw new TypeError('The database URL must begin with file: or postgres://');
}

function filePath(url: string): string {
  return url.startsWith('file://') ? fileURLToPath(url) : resolve(url.slice('file:'.length));
}
