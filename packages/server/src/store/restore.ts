import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Store } from '../ports/store.ts';
import { readMoment } from './database.ts';
import type { Database } from './database.ts';
import { insertEvent } from './events.ts';
import { openUntil } from './recovery.ts';

/** By how much a restore raises versions: more changes than a session sees between a backup and its restore. */
const VERSIONS_AHEAD = 2 ** 20;

/** The part of the store for the moment after a restore from a backup. */
export function createRestoreStore(database: Database): Pick<Store, 'declareRestored'> {
  return {
    declareRestored: (duration) =>
      database.write(async (tx) => {
        // Nobody may wait for a session in another order meanwhile.
        await database.lockSessions?.(tx);
        const raised = await tx
          .updateTable('sessions')
          // Verifiers refuse what is below the versions that they have heard of, which this database has forgotten.
          .set({ version: sql<number>`version + ${VERSIONS_AHEAD}` })
          .executeTakeFirstOrThrow();
        const sessions = Number(raised.numUpdatedRows);
        const moment = await readMoment(database, tx);
        const until = await openUntil(tx, moment.now + duration);
        await insertEvent(tx, moment, { kind: 'database_restored', detail: { sessions } });
        // The numbers go on from where the backup was: an epoch tells them from those that it has forgotten.
        const epoch = randomBytes(8).toString('hex');
        await tx.updateTable('revocation_counter').set({ epoch }).execute();
        await database.notify?.(tx);
        return { until, sessions };
      }),
  };
}
