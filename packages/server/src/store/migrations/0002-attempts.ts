import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectTypes } from './dialect-types.ts';

/** The counters of the limits. With SQLite they are in a file of their own, which is no part of the schema. */
export function attempts({ attempts: kind }: DialectTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      if (kind === 'elsewhere') return;
      // Without a journal no count waits for the disk; without an index over the count it is changed in place (HOT).
      await sql`
        create unlogged table attempts (
          name text not null, key text not null, count bigint not null, ends_at bigint not null,
          primary key (name, key)
        ) with (fillfactor = 70)`.execute(db);
      await sql`create index attempts_end on attempts (ends_at)`.execute(db);
    },
  };
}
