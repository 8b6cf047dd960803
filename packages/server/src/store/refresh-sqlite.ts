import type Sqlite from 'better-sqlite3';
import type { Selectable } from 'kysely';
import type { RefreshAttempt, RefreshOutcome } from '../ports/store.ts';
import { JOINED_COLUMNS, toReading, toSession, toUser } from './rows.ts';
import type { JoinedRow } from './rows.ts';
import type { SessionsTable, UsersTable } from './schema.ts';

const NOW = `select cast(round(unixepoch('subsec') * 1000) as integer)`;

// `judge` and `promote` of domain/refresh.ts in SQL. On the right of `set`, columns are those from before.
const PROMOTES = `generation + 1 = @generation and @now - @issuedAt >= @minimumAge`;
const REFRESH = `
  update sessions set
    idle_expires_at = min(@now + @idleLifetime, expires_at),
    last_used_at = @now,
    ip = @ip,
    promoted_at = case when ${PROMOTES} then @now else promoted_at end,
    previous_nonce = case when ${PROMOTES} then nonce else previous_nonce end,
    nonce = case when ${PROMOTES} then @nonce else nonce end,
    generation = case when ${PROMOTES} then @generation else generation end
  where id = @sessionId and mode = @mode and ended_at is null and @now < idle_expires_at and @now < expires_at
    and ((generation = @generation and nonce = @nonce) or (generation + 1 = @generation and nonce = @parentNonce))
    and exists (select 1 from users where users.id = user_id and disabled_at is null)
  returning *`;

const USER = `select * from users where id = ?`;
const READING = `
  select sessions.*, ${JOINED_COLUMNS.join(', ')}, ? as now
  from sessions join users on users.id = sessions.user_id where sessions.id = ?`;

/**
 * Refreshes in one transaction, without ever waiting for anything but the disk: nothing else of this process can
 * come in between. Must be called while nobody else has the connection.
 */
export function createSqliteRefresh(
  file: Sqlite.Database,
  clockOffset: () => number,
): (attempts: readonly RefreshAttempt[]) => RefreshOutcome[] {
  let statements: ReturnType<typeof prepare> | undefined;

  return (attempts) => {
    const { clock, refreshOne, readUser, readBoth, together } = (statements ??= prepare(file));
    const one = (attempt: RefreshAttempt, now: number): RefreshOutcome => {
      const { token, mode, minimumAge, idleLifetime, ip } = attempt;
      const row = refreshOne.get({ ...token, mode, minimumAge, idleLifetime, ip, now });
      if (row !== undefined) {
        const user = readUser.get(row.user_id);
        return { now, matched: true, reading: user && { now, session: toSession(row), user: toUser(user) } };
      }
      const both = readBoth.get(now, token.sessionId);
      return { now, matched: false, reading: both && toReading(both) };
    };
    // The clock is read under the write lock: nothing that it is compared with can be newer.
    return together.immediate(() => {
      const now = (clock.get() ?? Number.NaN) + clockOffset();
      return attempts.map((attempt) => one(attempt, now));
    });
  };
}

function prepare(file: Sqlite.Database) {
  return {
    clock: file.prepare<[], number>(NOW).pluck(),
    refreshOne: file.prepare<Record<string, unknown>, Selectable<SessionsTable>>(REFRESH),
    readUser: file.prepare<[string], Selectable<UsersTable>>(USER),
    readBoth: file.prepare<[number, string], JoinedRow>(READING),
    together: file.transaction((work: () => RefreshOutcome[]) => work()),
  };
}
