import type { Kysely, Selectable, Transaction } from 'kysely';
import { isOver } from '../domain/refresh.ts';
import type { RevocationEntry } from '../domain/revocation.ts';
import type { User } from '../domain/user.ts';
import type { Store } from '../ports/store.ts';
import { readMoment } from './database.ts';
import type { Database, Moment, Work } from './database.ts';
import { insertEvent } from './events.ts';
import { isUuid } from './ids.ts';
import { endLivingSessions, lockUser, raiseVersions } from './living-sessions.ts';
import { appendRevocations } from './revocations.ts';
import { toSession, toUser } from './rows.ts';
import type { Schema, SessionsTable, UsersTable } from './schema.ts';

type UserStore = Pick<
  Store,
  | 'insertUser'
  | 'userById'
  | 'userByEmail'
  | 'listUsers'
  | 'setRoles'
  | 'disableUser'
  | 'enableUser'
  | 'changePassword'
>;

/** The part of the store that keeps accounts. */
export function createUserStore(database: Database): UserStore {
  return {
    insertUser: (...given) => insertUser(database, ...given),
    userById: (...given) => userById(database, ...given),
    userByEmail: (...given) => userByEmail(database, ...given),
    listUsers: (...given) => listUsers(database, ...given),
    setRoles: (...given) => setRoles(database, ...given),
    disableUser: (...given) => disableUser(database, ...given),
    enableUser: (...given) => enableUser(database, ...given),
    changePassword: (...given) => changePassword(database, ...given),
  };
}

const insertUser: Work<'insertUser'> = (database, user, event) =>
  database.write(async (tx) => {
    const moment = await readMoment(database, tx);
    const row = await tx
      .insertInto('users')
      .values({
        id: user.id,
        email: user.email,
        email_verified: 0,
        name: user.name,
        password_hash: user.passwordHash,
        password_version: 1,
        roles: JSON.stringify(user.roles),
        created_at: moment.now,
        disabled_at: null,
        disabled_reason: null,
      })
      .onConflict((conflict) => conflict.column('email').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return undefined;
    await insertEvent(tx, moment, event);
    return toUser(row);
  });

const userById: Work<'userById'> = async (database, id) =>
  isUuid(id) ? userBy(database, 'id', id) : undefined;

const userByEmail: Work<'userByEmail'> = (database, email) => userBy(database, 'email', email);

const listUsers: Work<'listUsers'> = (database) =>
  database.read(async (db) => {
    const rows = await db.selectFrom('users').selectAll().orderBy('created_at').orderBy('id').execute();
    return rows.map(toUser);
  });

const setRoles: Work<'setRoles'> = (database, userId, roles, event) =>
  withUser(database, userId, async (tx, row, moment) => {
    const user = await updateUser(tx, row.id, { roles: JSON.stringify(roles) });
    const raised = await raiseVersions(database, tx, moment, row.id);
    await insertEvent(tx, moment, event);
    await appendRevocations(database, tx, moment, raised.map(toEntry));
    return user;
  });

const disableUser: Work<'disableUser'> = (database, userId, reason, event) =>
  withUser(database, userId, async (tx, row, moment) => {
    const disabledAt = row.disabled_at ?? moment.now;
    const user = await updateUser(tx, row.id, { disabled_at: disabledAt, disabled_reason: reason });
    const ended = await endLivingSessions(database, tx, moment, { userId, reason: 'user_disabled' });
    await insertEvent(tx, moment, event);
    await appendRevocations(database, tx, moment, ended);
    return user;
  });

const enableUser: Work<'enableUser'> = (database, userId, event) =>
  withUser(database, userId, async (tx, row, moment) => {
    await insertEvent(tx, moment, event);
    return updateUser(tx, row.id, { disabled_at: null, disabled_reason: null });
  });

const changePassword: Work<'changePassword'> = async (database, change, event) => {
  const { userId, expectedPasswordVersion, passwordHash, keepSessionId: keep } = change;
  const changed = await withUser(database, userId, async (tx, row, moment) => {
    if (row.disabled_at !== null || row.password_version !== expectedPasswordVersion) return undefined;
    const password = { password_hash: passwordHash, password_version: row.password_version + 1 };
    const user = await updateUser(tx, userId, password);
    const ended = await endLivingSessions(database, tx, moment, { userId, keep, reason: 'password_changed' });
    const raised = await raiseVersions(database, tx, moment, userId);
    await insertEvent(tx, moment, event);
    await appendRevocations(database, tx, moment, [...ended, ...raised.map(toEntry)]);
    return { now: moment.now, kept: raised.map(toSession).find((row) => !isOver(row, moment.now)), user };
  });
  if (changed === undefined) return 'stale';
  const { now, kept, user } = changed;
  return kept && { now, session: kept, user };
};

/** Locks a user's row and hands it on with the moment after that; answers undefined where there is none. */
function withUser<Result>(
  database: Database,
  userId: string,
  act: (tx: Transaction<Schema>, row: Selectable<UsersTable>, moment: Moment) => Promise<Result>,
): Promise<Result | undefined> {
  return database.write(async (tx) => {
    const row = await lockUser(database, tx, userId);
    return row && act(tx, row, await readMoment(database, tx));
  });
}

function userBy(database: Database, column: 'id' | 'email', value: string): Promise<User | undefined> {
  return database.read(async (db) => {
    const row = await db.selectFrom('users').where(column, '=', value).selectAll().executeTakeFirst();
    return row && toUser(row);
  });
}

/** What is refused after a session's version was raised. */
function toEntry({ id, version }: Selectable<SessionsTable>): RevocationEntry {
  return { kind: 'session', id, below: version };
}

async function updateUser(db: Kysely<Schema>, id: string, change: Partial<UsersTable>): Promise<User> {
  const query = db.updateTable('users').where('id', '=', id).set(change).returningAll();
  return toUser(await query.executeTakeFirstOrThrow());
}
