import type { Transaction } from 'kysely';
import type { Store } from '../ports/store.ts';
import { readMoment } from './database.ts';
import type { Database } from './database.ts';
import { insertEvent } from './events.ts';
import type { Schema } from './schema.ts';

type RecoveryStore = Pick<Store, 'recoveryUntil' | 'openRecovery' | 'adoptParent'>;

/** The part of the store for the days after a restore from a backup. */
export function createRecoveryStore(database: Database): RecoveryStore {
  const recoveryUntil: RecoveryStore['recoveryUntil'] = () =>
    database.read(async (db) => {
      const row = await db
        .selectFrom('meta')
        .where('key', '=', 'recovery_until')
        .select(['value', database.now().as('now')])
        .executeTakeFirst();
      return row !== undefined && row.now < Number(row.value) ? Number(row.value) : undefined;
    });

  const openRecovery: RecoveryStore['openRecovery'] = (duration, event) =>
    database.write(async (tx) => {
      const moment = await readMoment(database, tx);
      await insertEvent(tx, moment, event);
      return openUntil(tx, moment.now + duration);
    });

  const adoptParent: RecoveryStore['adoptParent'] = (sessionId, seen, next, event) =>
    database.write(async (tx) => {
      const row = await tx
        .selectFrom('sessions')
        .where('id', '=', sessionId)
        .where('ended_at', 'is', null)
        .where('generation', '=', seen.generation)
        .where('nonce', '=', seen.nonce)
        .select('id')
        .$if(database.locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      const recovery = await tx
        .selectFrom('meta')
        .where('key', '=', 'recovery_until')
        .select('value')
        .executeTakeFirst();
      const moment = await readMoment(database, tx);
      if (row === undefined || recovery === undefined || moment.now >= Number(recovery.value)) return false;
      await tx
        .updateTable('sessions')
        .where('id', '=', row.id)
        .set({ generation: next.generation, nonce: next.nonce, previous_nonce: null, promoted_at: null })
        .execute();
      await insertEvent(tx, moment, event);
      return true;
    });

  return { recoveryUntil, openRecovery, adoptParent };
}

/** Believes tokens that are ahead of their row until a moment, which it answers. */
export async function openUntil(tx: Transaction<Schema>, until: number): Promise<number> {
  const value = String(until);
  await tx
    .insertInto('meta')
    .values({ key: 'recovery_until', value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
  return until;
}
