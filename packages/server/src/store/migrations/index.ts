import type { Kysely, Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';
import { accountsSessionsKeys } from './0001-accounts-sessions-keys.ts';
import { attempts } from './0002-attempts.ts';
import type { DialectTypes } from './dialect-types.ts';

/**
 * Brings the schema up to date. Safe for several processes at once: `lock` must keep the others out until the
 * transaction ends. A schema that is newer than this program is left as it is, for it must keep working on it.
 */
export async function migrate(
  db: Kysely<Schema>,
  types: DialectTypes,
  lock: (tx: Transaction<Schema>) => Promise<void>,
): Promise<void> {
  const migrations: Record<string, Migration> = {
    '0001-accounts-sessions-keys': accountsSessionsKeys(types),
    '0002-attempts': attempts(types),
  };
  const migrator = (on: Kysely<Schema>): Migrator =>
    new Migrator({
      db: on,
      provider: { getMigrations: () => Promise.resolve(migrations) },
      migrationTableName: 'latchstring_migrations',
      migrationLockTableName: 'latchstring_migrations_lock',
    });
  const upToDate = async (on: Kysely<Schema>): Promise<boolean> =>
    (await migrator(on).getMigrations()).every(({ executedAt }) => executedAt !== undefined);

  if (await upToDate(db)) return;
  await db.transaction().execute(async (tx) => {
    await lock(tx);
    if (await upToDate(tx)) return;
    const { error } = await migrator(tx).migrateToLatest();
    if (error !== undefined)
      throw error instanceof Error ? error : new Error('The migration failed.', { cause: error });
  });
}
