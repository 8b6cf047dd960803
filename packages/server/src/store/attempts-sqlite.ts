import Sqlite from 'better-sqlite3';
import { translate } from './failures.ts';
import { createPrivateFile } from './private-file.ts';
import type { StoredAttempts } from './stored-attempts.ts';

/** How long another process's statement is waited for, which takes microseconds. Milliseconds. */
const PATIENCE = 1000;

const NOW = `(cast(round(unixepoch('subsec') * 1000) as integer) + @offset)`;
const SCHEMA = `
  create table if not exists attempts (
    name text not null, key text not null, count integer not null, ends_at integer not null,
    primary key (name, key)
  ) strict, without rowid;
  create index if not exists attempts_end on attempts (ends_at)`;
const COUNT = `
  insert into attempts as counted (name, key, count, ends_at) values (@name, @key, 1, ${NOW} + @window)
  on conflict (name, key) do update set
    count = case when counted.ends_at <= excluded.ends_at - @window then 1 else min(counted.count + 1, @attempts + 1) end,
    ends_at = case when counted.ends_at <= excluded.ends_at - @window then excluded.ends_at else counted.ends_at end
  returning count, ends_at - ${NOW} as wait`;

interface Counted {
  readonly count: number;
  readonly wait: number;
}

/**
 * Counts attempts in a file beside the database's, so that all processes of this machine count together, a restart forgets
 * nothing, and no count waits for the disk or for a transaction of the database. The file may be deleted at any time.
 */
export function openSqliteAttempts(path: string, clockOffset: () => number): StoredAttempts {
  let opened: ReturnType<typeof open> | undefined;
  // The file may have been away, and be back.
  const use = <Result>(act: (statements: ReturnType<typeof open>) => Result): Promise<Result> =>
    Promise.resolve()
      .then(() => act((opened ??= open(path))))
      .catch((error: unknown) => {
        throw translate(error);
      });
  return {
    count: ({ name, attempts, window }, key) =>
      use(({ count }) => {
        const row = count.get({ name, key, attempts, window, offset: clockOffset() });
        return row === undefined || row.count <= attempts ? 0 : Math.max(1, row.wait);
      }),
    takeBack: ({ name, attempts }, key) =>
      use(({ remove, lower }) => {
        if (remove.run({ name, key }).changes === 0) lower.run({ name, key, attempts });
      }),
    prune: () => use(({ prune }) => prune.run({ offset: clockOffset() }).changes),
    close: () => opened?.file.close(),
  };
}

function open(path: string) {
  createPrivateFile(path);
  const file = new Sqlite(path, { timeout: PATIENCE });
  try {
    file.pragma('journal_mode = WAL');
    // A power cut may take back the last counts, and cannot damage the file.
    file.pragma('synchronous = NORMAL');
    file.exec(SCHEMA);
    return {
      file,
      count: file.prepare<Record<string, unknown>, Counted>(COUNT),
      remove: file.prepare(`delete from attempts where name = @name and key = @key and count <= 1`),
      lower: file.prepare(
        `update attempts set count = min(count, @attempts) - 1 where name = @name and key = @key`,
      ),
      prune: file.prepare(`delete from attempts where ends_at <= ${NOW}`),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}
