import { sql } from 'kysely';
import type { Transaction } from 'kysely';
import { LONGEST_LIFETIME } from './database.ts';
import type { Schema } from './schema.ts';

/** Keeps the longest lifetime of access tokens that the database was ever opened with, in milliseconds. */
export async function rememberLifetime(tx: Transaction<Schema>, lifetime: number): Promise<void> {
  const value = String(Math.ceil(lifetime));
  await tx
    .insertInto('meta')
    .values({ key: LONGEST_LIFETIME, value })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({ value })
        .where(sql<boolean>`cast(meta.value as bigint) < cast(excluded.value as bigint)`),
    )
    .execute();
}
