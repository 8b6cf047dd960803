import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { StoredAttempts } from './stored-attempts.ts';

/** Rows that one statement deletes at most. */
const BATCH = 1000;

/**
 * Counts attempts in the table `attempts`, which PostgreSQL keeps no journal of: a commit waits for no disk, and after a
 * crash of the database all windows begin anew.
 */
export function createPostgresAttempts({ read, now }: Pick<Database, 'read' | 'now'>): StoredAttempts {
  return {
    async count({ name, attempts, window }, key) {
      const { rows } = await read((db) =>
        sql<{ count: number; wait: number }>`
          insert into attempts as counted (name, key, count, ends_at)
          values (${name}, ${key}, 1, ${now()} + ${window}::bigint)
          on conflict (name, key) do update set
            count = case when counted.ends_at <= excluded.ends_at - ${window}::bigint then 1
              else least(counted.count + 1, ${attempts}::bigint + 1) end,
            ends_at = case when counted.ends_at <= excluded.ends_at - ${window}::bigint then excluded.ends_at
              else counted.ends_at end
          returning count, ends_at - ${now()} as wait`.execute(db),
      );
      const [row] = rows;
      return row === undefined || row.count <= attempts ? 0 : Math.max(1, row.wait);
    },
    async takeBack({ name, attempts }, key) {
      // One more than the limit stands for any number that was refused.
      await read((db) =>
        sql`
          with gone as (delete from attempts where name = ${name} and key = ${key} and count <= 1 returning 1)
          update attempts set count = least(count, ${attempts}::bigint) - 1
          where name = ${name} and key = ${key} and not exists (select from gone)`.execute(db),
      );
    },
    async prune() {
      let pruned = 0;
      for (let rows = BATCH; rows === BATCH; pruned += rows) {
        const { numAffectedRows } = await read((db) =>
          // The condition again: a window may have begun anew since it was found.
          sql`
            delete from attempts where ends_at <= ${now()} and (name, key) in
              (select name, key from attempts where ends_at <= ${now()} limit ${BATCH})`.execute(db),
        );
        rows = Number(numAffectedRows ?? 0n);
      }
      return pruned;
    },
    close: () => undefined,
  };
}
