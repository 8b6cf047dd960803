import type { DeleteResult, Transaction } from 'kysely';
import { readMoment } from './database.ts';
import type { Database, Moment } from './database.ts';
import type { Schema } from './schema.ts';

/** Rows that one transaction deletes at most: nobody waits long for it. */
const BATCH = 1000;

/** How long the security log goes back, in milliseconds: 400 days, a year and its review. */
const EVENTS_KEPT = 400 * 24 * 3600 * 1000;

type Deletion = (tx: Transaction<Schema>, moment: Moment) => Promise<DeleteResult>;

/** Deletes what nobody needs any more, in batches. Answers how many rows went. */
export async function prune(database: Database): Promise<number> {
  let pruned = await database.attempts.prune();
  for (const deletion of [sessions, revocations, events, keys]) {
    let rows: number;
    do {
      const deleted = await database.write(async (tx) => deletion(tx, await readMoment(database, tx)));
      rows = Number(deleted.numDeletedRows);
      pruned += rows;
    } while (rows === BATCH);
  }
  return pruned;
}

// A session that is over may have left an access token that is not: until then its row is there to be revoked.
const sessions: Deletion = (tx, { now, retention }) => {
  const over = tx.selectFrom('sessions').where('expires_at', '<=', now - retention);
  return tx
    .deleteFrom('sessions')
    .where('id', 'in', over.select('id').limit(BATCH))
    .executeTakeFirstOrThrow();
};

const revocations: Deletion = (tx, { now }) => {
  const over = tx.selectFrom('revocations').where('expires_at', '<=', now).select(['seq', 'position']);
  return tx
    .deleteFrom('revocations')
    .where((row) => row(row.refTuple('seq', 'position'), 'in', over.limit(BATCH).$asTuple('seq', 'position')))
    .executeTakeFirstOrThrow();
};

const events: Deletion = (tx, { now }) => {
  const old = tx.selectFrom('events').where('at', '<=', now - EVENTS_KEPT);
  return tx.deleteFrom('events').where('id', 'in', old.select('id').limit(BATCH)).executeTakeFirstOrThrow();
};

// Revoked keys stay: a key that was once revoked must never come back unseen.
const keys: Deletion = (tx, { now }) =>
  tx
    .deleteFrom('signing_keys')
    .where('state', '=', 'retired')
    .where('unpublished_at', '<=', now)
    .executeTakeFirstOrThrow();
