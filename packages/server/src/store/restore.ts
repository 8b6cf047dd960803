import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Transaction } from 'kysely';
import type { Store } from '../ports/store.ts';
import { readMoment } from './database.ts';
import type { Database } from './database.ts';
import { insertEvent } from './events.ts';
import { openUntil } from './recovery.ts';
import type { Schema } from './schema.ts';

/** By how much a restore raises versions: more changes than a session sees between a backup and its restore. */
const VERSIONS_AHEAD = 2 ** 20;

/** Sessions that one transaction raises: nobody waits long for it. */
const BATCH = 1000;

/** The part of the store for the moment after a restore from a backup. */
export function createRestoreStore(database: Database): Pick<Store, 'declareRestored'> {
  return {
    async declareRestored(duration) {
      const sessions = await raiseAllVersions(database);
      const until = await database.write(async (tx) => {
        const moment = await readMoment(database, tx);
        await insertEvent(tx, moment, { kind: 'database_restored', detail: { sessions } });
        // The numbers go on from where the backup was: an epoch tells them from those that it has forgotten.
        const epoch = randomBytes(8).toString('hex');
        await tx.updateTable('revocation_counter').set({ epoch }).execute();
        await database.notify?.(tx);
        return openUntil(tx, moment.now + duration);
      });
      return { until, sessions };
    },
  };
}

/** Verifiers refuse what is below the versions that they have heard of, which this database has forgotten. */
async function raiseAllVersions(database: Database): Promise<number> {
  let raised = 0;
  let last: string | undefined;
  for (let size = BATCH; size === BATCH; raised += size) {
    const after = last;
    const ids = await database.write((tx) => raiseVersionsAfter(database, tx, after));
    size = ids.length;
    last = ids.at(-1);
  }
  return raised;
}

async function raiseVersionsAfter(
  database: Database,
  tx: Transaction<Schema>,
  after: string | undefined,
): Promise<string[]> {
  const rows = await tx
    .selectFrom('sessions')
    .$if(after !== undefined, (query) => query.where('id', '>', String(after)))
    .select('id')
    .orderBy('id')
    .limit(BATCH)
    .$if(database.locksRows, (query) => query.forNoKeyUpdate())
    .execute();
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return ids;
  await tx
    .updateTable('sessions')
    .where('id', 'in', ids)
    .set({ version: sql<number>`version + ${VERSIONS_AHEAD}` })
    .execute();
  return ids;
}
