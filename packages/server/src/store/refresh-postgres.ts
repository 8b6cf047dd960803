import type { Selectable } from 'kysely';
import type pg from 'pg';
import type { RefreshAttempt, RefreshOutcome } from '../ports/store.ts';
import { isLostStatement } from './failures.ts';
import { JOINED_COLUMNS, toReading, toSession, toUser } from './rows.ts';
import type { JoinedRow } from './rows.ts';
import type { SessionsTable, UsersTable } from './schema.ts';

/** A statement that is sent by its name once the server has it. */
interface Statement {
  readonly name: string;
  readonly text: string;
}

// `judge` and `promote` of domain/refresh.ts in SQL.
//
// The rows are locked first, in the order of their ids, so that two groups never wait for each other in a circle.
// The clock is an aggregate over the locked rows and so is read when all of them are locked: it is one value for the
// whole statement, and waiting for a lock makes no promotion look older than it is.
const PROMOTES =
  'session.generation + 1 = attempt.generation and now - attempt.issued_at >= attempt.minimum_age';
const REFRESH: Statement = {
  name: 'latchstring_refresh',
  text: `
  with attempt as materialized (
    select * from unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[])
      as attempt (id, generation, nonce, parent_nonce, issued_at, minimum_age, idle_lifetime, ip, mode)
  ), locked as materialized (
    select id from sessions where id = any ($1::uuid[]) order by id for no key update
  ), clock as materialized (
    select count(id), floor(extract(epoch from clock_timestamp()) * 1000)::bigint + $10::bigint as now from locked
  )
  update sessions as session set
    idle_expires_at = least(now + attempt.idle_lifetime, session.expires_at),
    last_used_at = now,
    ip = attempt.ip,
    promoted_at = case when ${PROMOTES} then now else session.promoted_at end,
    previous_nonce = case when ${PROMOTES} then session.nonce else session.previous_nonce end,
    nonce = case when ${PROMOTES} then attempt.nonce else session.nonce end,
    generation = case when ${PROMOTES} then attempt.generation else session.generation end
  from clock, attempt
  where session.id = attempt.id and session.mode = attempt.mode and session.ended_at is null
    and now < session.idle_expires_at and now < session.expires_at
    and ((session.generation = attempt.generation and session.nonce = attempt.nonce)
      or (session.generation + 1 = attempt.generation and session.nonce = attempt.parent_nonce))
    and exists (select from users where users.id = session.user_id and users.disabled_at is null)
  returning session.*, clock.now`,
};

// Read after the update, by a snapshot of its own: roles must not be older than the version that they are signed under.
const USERS: Statement = {
  name: 'latchstring_refresh_users',
  text: 'select * from users where id = any ($1::uuid[])',
};

const MISSES: Statement = {
  name: 'latchstring_refresh_misses',
  text: `
  with clock as materialized (
    select floor(extract(epoch from clock_timestamp()) * 1000)::bigint + $2::bigint as now
  )
  select sessions.*, ${JOINED_COLUMNS.join(', ')}, clock.now
  from clock left join (sessions join users on users.id = sessions.user_id) on sessions.id = any ($1::uuid[])`,
};

type RefreshedRow = Selectable<SessionsTable> & { readonly now: number };

/** What the refreshes need of the database. */
export interface PostgresRefreshOptions {
  readonly pool: pg.Pool;
  readonly prepare: boolean;
  readonly clockOffset: () => number;
  /** Runs work again that lost a deadlock, and tells of a database that does not answer. */
  readonly retrying: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** Refreshes up to 64 sessions, all different ones, with one statement and so with one commit. */
export function createPostgresRefresh({
  pool,
  prepare,
  clockOffset,
  retrying,
}: PostgresRefreshOptions): (attempts: readonly RefreshAttempt[]) => Promise<RefreshOutcome[]> {
  let named = prepare;

  async function refreshAll(
    client: pg.PoolClient,
    attempts: readonly RefreshAttempt[],
  ): Promise<RefreshOutcome[]> {
    const query = async <Row>({ name, text }: Statement, values: unknown[]): Promise<Row[]> =>
      (await client.query(named ? { name, text, values } : { text, values })).rows as Row[];
    const refreshed = await query<RefreshedRow>(REFRESH, [...columns(attempts), clockOffset()]);
    const rows = new Map(refreshed.map((row) => [row.id, row]));
    const userIds = new Set(refreshed.map((row) => row.user_id));
    const users = userIds.size > 0 ? await query<Selectable<UsersTable>>(USERS, [[...userIds]]) : [];
    const usersById = new Map(users.map((user) => [user.id, toUser(user)]));
    const missed = attempts.map(({ token }) => token.sessionId).filter((id) => !rows.has(id));
    const read = missed.length > 0 ? await query<JoinedRow>(MISSES, [missed, clockOffset()]) : [];
    const misses = new Map(read.map((row) => [row.id, row]));

    return attempts.map(({ token: { sessionId } }) => {
      const row = rows.get(sessionId);
      const user = row && usersById.get(row.user_id);
      if (row && user) {
        return { now: row.now, matched: true, reading: { now: row.now, session: toSession(row), user } };
      }
      const miss = misses.get(sessionId);
      const now = miss?.now ?? read[0]?.now ?? Number.NaN;
      return { now, matched: false, reading: miss && toReading(miss) };
    });
  }

  async function onConnection(attempts: readonly RefreshAttempt[]): Promise<RefreshOutcome[]> {
    const client = await pool.connect();
    let broken = true;
    try {
      const outcomes = await refreshAll(client, attempts);
      broken = false;
      return outcomes;
    } finally {
      client.release(broken);
    }
  }

  return async (attempts) => {
    const wasNamed = named;
    try {
      return await retrying(() => onConnection(attempts));
    } catch (error) {
      // Another group under way may have found out first.
      if (!wasNamed || !isLostStatement(error)) throw error;
      named = false;
      return retrying(() => onConnection(attempts));
    }
  };
}

/** The attempts as one array a column. */
function columns(attempts: readonly RefreshAttempt[]): unknown[] {
  return [
    attempts.map(({ token }) => token.sessionId),
    attempts.map(({ token }) => token.generation),
    attempts.map(({ token }) => token.nonce),
    attempts.map(({ token }) => token.parentNonce),
    attempts.map(({ token }) => token.issuedAt),
    attempts.map(({ minimumAge }) => minimumAge),
    attempts.map(({ idleLifetime }) => idleLifetime),
    attempts.map(({ ip }) => ip),
    attempts.map(({ mode }) => mode),
  ];
}
