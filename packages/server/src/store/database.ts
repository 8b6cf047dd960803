import { sql } from 'kysely';
import type { Kysely, RawBuilder, Transaction } from 'kysely';
import { REVOCATION_MARGIN } from '../domain/revocation.ts';
import type { RefreshAttempt, RefreshOutcome, Store } from '../ports/store.ts';
import type { Schema } from './schema.ts';
import type { StoredAttempts } from './stored-attempts.ts';

/** A database of either dialect: what the tables' modules need and no more. */
export interface Database {
  /** Whether rows are locked one by one; where not, a writer has the database to itself. */
  readonly locksRows: boolean;
  /** The database's clock in milliseconds. Evaluated once where a statement names it once. */
  readonly now: () => RawBuilder<number>;
  /** Runs statements that each stand for themselves. Rejects with StoreUnavailableError where nobody answers. */
  readonly read: <Result>(query: (db: Kysely<Schema>) => Promise<Result>) => Promise<Result>;
  /** Runs a transaction, again if it lost a deadlock. `act` must change nothing but the database. */
  readonly write: <Result>(act: (tx: Transaction<Schema>) => Promise<Result>) => Promise<Result>;
  /** Refreshes sessions, all of them different ones, in one commit; answers in the same order. */
  readonly refreshAll: (attempts: readonly RefreshAttempt[]) => Promise<RefreshOutcome[]>;
  /** How many refreshes go into one commit, and how many commits may be under way. */
  readonly refreshGroups: { readonly size: number; readonly inFlight: number };
  /** Hears of other processes' revocations, where the database can tell. The returned function ends it. */
  readonly listen?: (tell: () => void) => () => Promise<void>;
  /** Tells other processes of a revocation when the transaction commits, where the database can tell. */
  readonly notify?: (tx: Transaction<Schema>) => Promise<void>;
  readonly attempts: StoredAttempts;
  readonly close: () => Promise<void>;
}

/** A method of the store, given the database. */
export type Work<Method extends Exclude<keyof Store, 'attempts'>> = (
  database: Database,
  ...given: Parameters<Store[Method]>
) => ReturnType<Store[Method]>;

/** The key of the row that keeps the longest lifetime of access tokens. */
export const LONGEST_LIFETIME = 'longest_access_token_lifetime';

/** How long a revocation matters, from the longest lifetime as it is stored. Milliseconds. */
export function retentionOf(lifetime: string): number {
  return Number(lifetime) + REVOCATION_MARGIN;
}

/** What a transaction goes by. */
export interface Moment {
  readonly now: number;
  /** How long a revocation outlives the access tokens that it concerns. */
  readonly retention: number;
}

/**
 * The moment of a transaction, read after the rows it judges were locked: waiting for a lock makes nothing older.
 */
export async function readMoment(database: Database, tx: Kysely<Schema>): Promise<Moment> {
  const row = await tx
    .selectFrom('meta')
    .where('key', '=', LONGEST_LIFETIME)
    .select(['value', database.now().as('now')])
    .executeTakeFirstOrThrow();
  return { now: row.now, retention: retentionOf(row.value) };
}

/** The database's clock by itself. */
export async function readClock(database: Database, db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${database.now()} as now`.execute(db);
  return rows[0]?.now ?? Number.NaN;
}
