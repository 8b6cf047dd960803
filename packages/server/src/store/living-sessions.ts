import { sql } from 'kysely';
import type { Expression, ExpressionBuilder, Selectable, SqlBool, Transaction } from 'kysely';
import type { RevocationEntry } from '../domain/revocation.ts';
import type { EndReason } from '../domain/session.ts';
import type { Database, Moment } from './database.ts';
import { isUuid } from './ids.ts';
import type { Schema, SessionsTable, UsersTable } from './schema.ts';

/** A user's row, kept from others' changes until the transaction ends. Taken before any row of a session. */
export async function lockUser(
  database: Database,
  tx: Transaction<Schema>,
  userId: string,
): Promise<Selectable<UsersTable> | undefined> {
  if (!isUuid(userId)) return undefined;
  return tx
    .selectFrom('users')
    .where('id', '=', userId)
    .selectAll()
    .$if(database.locksRows, (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
}

/** Whose sessions to end, and why. */
export interface Endings {
  readonly userId: string;
  readonly reason: EndReason;
  /** The one to leave. */
  readonly keep?: string;
}

/** Ends the sessions of a user whose row is locked. Answers the entries to append, one for each. */
export async function endLivingSessions(
  database: Database,
  tx: Transaction<Schema>,
  moment: Moment,
  { userId, reason, keep }: Endings,
): Promise<RevocationEntry[]> {
  await lockSessions(database, tx, moment, userId);
  const rows = await tx
    .updateTable('sessions')
    .where((row) => canHaveTokens(row, userId, moment))
    .$if(keep !== undefined, (query) => query.where('id', '!=', String(keep)))
    .set({ ended_at: moment.now, end_reason: reason })
    .returning('id')
    .execute();
  return rows.map(({ id }) => ({ kind: 'session', id }));
}

/** Raises the version of the sessions of a user whose row is locked. Answers the rows after that. */
export async function raiseVersions(
  database: Database,
  tx: Transaction<Schema>,
  moment: Moment,
  userId: string,
): Promise<Selectable<SessionsTable>[]> {
  await lockSessions(database, tx, moment, userId);
  return tx
    .updateTable('sessions')
    .where((row) => canHaveTokens(row, userId, moment))
    .set({ version: sql<number>`version + 1` })
    .returningAll()
    .execute();
}

/** Rows of sessions are locked in the order of their ids everywhere, so that nobody waits in a circle. */
async function lockSessions(
  database: Database,
  tx: Transaction<Schema>,
  moment: Moment,
  userId: string,
): Promise<void> {
  if (!database.locksRows) return;
  await tx
    .selectFrom('sessions')
    .where((row) => canHaveTokens(row, userId, moment))
    .select('id')
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

/** Sessions that were not ended, and not over by time for longer than an access token of theirs can live. */
function canHaveTokens(
  row: ExpressionBuilder<Schema, 'sessions'>,
  userId: string,
  { now, retention }: Moment,
): Expression<SqlBool> {
  return row.and([
    row('user_id', '=', userId),
    row('ended_at', 'is', null),
    row('idle_expires_at', '>', now - retention),
  ]);
}
