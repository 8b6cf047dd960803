import type { NewSession, SessionLifetimes } from '../domain/session.ts';
import type { Store } from '../ports/store.ts';
import { readMoment } from './database.ts';
import type { Database, Work } from './database.ts';
import { insertEvent } from './events.ts';
import { isUuid } from './ids.ts';
import { endLivingSessions, lockUser } from './living-sessions.ts';
import { appendRevocations } from './revocations.ts';
import { JOINED_COLUMNS, toReading, toSession, toUser } from './rows.ts';
import type { SessionsTable } from './schema.ts';

/** More than a person reads. A script that logs in over and over must not make a list that stops the process. */
const LISTED_SESSIONS = 100;

type SessionStore = Pick<
  Store,
  'openSession' | 'readSession' | 'listSessions' | 'endSession' | 'endSessionsOf'
>;

/** The part of the store that keeps sessions, but for their refreshes. */
export function createSessionStore(database: Database): SessionStore {
  return {
    openSession: (...given) => openSession(database, ...given),
    readSession: (...given) => readSession(database, ...given),
    listSessions: (...given) => listSessions(database, ...given),
    endSession: (...given) => endSession(database, ...given),
    endSessionsOf: (...given) => endSessionsOf(database, ...given),
  };
}

const openSession: Work<'openSession'> = (database, session, passwordVersion, lifetimes, event) =>
  database.writeTogether(async (tx) => {
    // Shared, so that logins do not wait for each other; a change of the account waits, or is waited for.
    const user = await tx
      .selectFrom('users')
      .where('id', '=', session.userId)
      .where('disabled_at', 'is', null)
      .where('password_version', '=', passwordVersion)
      .selectAll()
      .$if(database.locksRows, (query) => query.forShare())
      .executeTakeFirst();
    if (user === undefined) return undefined;
    const moment = await readMoment(database, tx);
    const row = newRow(session, moment.now, lifetimes);
    await tx.insertInto('sessions').values(row).execute();
    await insertEvent(tx, moment, event);
    return { now: moment.now, session: toSession(row), user: toUser(user) };
  });

const readSession: Work<'readSession'> = async (database, id) => {
  if (!isUuid(id)) return undefined;
  return database.read(async (db) => {
    // One statement, so that session and user are of one moment.
    const both = await db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .where('sessions.id', '=', id)
      .selectAll('sessions')
      .select(JOINED_COLUMNS)
      .select(database.now().as('now'))
      .executeTakeFirst();
    return both && toReading(both);
  });
};

const listSessions: Work<'listSessions'> = async (database, userId) => {
  if (!isUuid(userId)) return [];
  return database.read(async (db) => {
    const rows = await db
      .selectFrom('sessions')
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .where('idle_expires_at', '>', database.now())
      .selectAll()
      .orderBy('last_used_at', 'desc')
      .orderBy('id', 'desc')
      .limit(LISTED_SESSIONS)
      .execute();
    return rows.map(toSession);
  });
};

const endSession: Work<'endSession'> = async (database, id, reason, event, condition) => {
  if (!isUuid(id)) return false;
  return database.write(async (tx) => {
    const row = await tx
      .selectFrom('sessions')
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .selectAll()
      .$if(database.locksRows, (query) => query.forNoKeyUpdate())
      .executeTakeFirst();
    if (row === undefined) return false;
    const moment = await readMoment(database, tx);
    if (condition !== undefined && !condition(toSession(row), moment.now)) return false;
    const end = { ended_at: moment.now, end_reason: reason };
    await tx.updateTable('sessions').where('id', '=', id).set(end).execute();
    await insertEvent(tx, moment, event);
    await appendRevocations(database, tx, moment, [{ kind: 'session', id }]);
    return true;
  });
};

const endSessionsOf: Work<'endSessionsOf'> = (database, userId, reason, event) =>
  database.write(async (tx) => {
    if ((await lockUser(database, tx, userId)) === undefined) return 0;
    const moment = await readMoment(database, tx);
    const ended = await endLivingSessions(database, tx, moment, { userId, reason });
    await insertEvent(tx, moment, event);
    await appendRevocations(database, tx, moment, ended);
    return ended.length;
  });

function newRow(session: NewSession, now: number, lifetimes: SessionLifetimes): SessionsTable {
  const expiresAt = now + lifetimes.absolute;
  return {
    id: session.id,
    user_id: session.userId,
    mode: session.mode,
    version: 1,
    generation: 0,
    nonce: session.nonce,
    previous_nonce: null,
    promoted_at: null,
    created_at: now,
    last_used_at: now,
    idle_expires_at: Math.min(now + lifetimes.idle, expiresAt),
    expires_at: expiresAt,
    ended_at: null,
    end_reason: null,
    user_agent: session.device.userAgent,
    ip: session.device.ip,
    authenticated_at: now,
    methods: JSON.stringify(session.methods),
  };
}
