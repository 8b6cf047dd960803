import type { Kysely, Selectable, Transaction } from 'kysely';
import type { SecurityEvent } from '../domain/event.ts';
import { isOver } from '../domain/refresh.ts';
import type { RevocationEntry } from '../domain/revocation.ts';
import type { NewUser, User } from '../domain/user.ts';
import type { PasswordChange, SessionReading, Store } from '../ports/store.ts';
import { readMoment } from './database.ts';
import type { Database, Moment } from './database.ts';
import { insertEvent } from './events.ts';
import { isUuid } from './ids.ts';
import { endLivingSessions, lockUser, raiseVersions } from './living-sessions.ts';
import { appendRevocations } from './revocations.ts';
import { toSession, toUser } from './rows.ts';
import type { Schema, UsersTable } from './schema.ts';

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
  function insertUser(user: NewUser, event: SecurityEvent): Promise<User | undefined> {
    return database.write(async (tx) => {
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
  }

  const userBy = (column: 'id' | 'email', value: string): Promise<User | undefined> =>
    database.read(async (db) => {
      const row = await db.selectFrom('users').where(column, '=', value).selectAll().executeTakeFirst();
      return row && toUser(row);
    });

  /** Locks a user's row and hands it on with the moment after that; answers undefined where there is none. */
  const withUser = <Result>(
    userId: string,
    act: (tx: Transaction<Schema>, row: Selectable<UsersTable>, moment: Moment) => Promise<Result>,
  ): Promise<Result | undefined> =>
    database.write(async (tx) => {
      const row = await lockUser(database, tx, userId);
      return row && act(tx, row, await readMoment(database, tx));
    });

  const changePassword = (
    change: PasswordChange,
    event: SecurityEvent,
  ): Promise<SessionReading | undefined | 'stale'> =>
    database.write(async (tx) => {
      const { userId, expectedPasswordVersion, passwordHash, keepSessionId: keep } = change;
      const row = await lockUser(database, tx, userId);
      if (row?.disabled_at !== null || row.password_version !== expectedPasswordVersion) return 'stale';
      const moment = await readMoment(database, tx);
      const password = { password_hash: passwordHash, password_version: row.password_version + 1 };
      const user = await updateUser(tx, userId, password);
      const ended = await endLivingSessions(database, tx, moment, {
        userId,
        keep,
        reason: 'password_changed',
      });
      const [kept] = await raiseVersions(database, tx, moment, userId);
      await insertEvent(tx, moment, event);
      const entries: RevocationEntry[] = ended.map((id) => ({ kind: 'session', id }));
      if (kept !== undefined) entries.push({ kind: 'session', id: kept.id, below: kept.version });
      await appendRevocations(tx, moment, entries);
      if (kept === undefined || isOver(toSession(kept), moment.now)) return undefined;
      return { now: moment.now, session: toSession(kept), user };
    });

  return {
    insertUser,
    changePassword,
    userById: async (id) => (isUuid(id) ? userBy('id', id) : undefined),
    userByEmail: (email) => userBy('email', email),
    listUsers: () =>
      database.read(async (db) =>
        (await db.selectFrom('users').selectAll().orderBy('created_at').orderBy('id').execute()).map(toUser),
      ),
    setRoles: (userId, roles, event) =>
      withUser(userId, async (tx, row, moment) => {
        const user = await updateUser(tx, row.id, { roles: JSON.stringify(roles) });
        const raised = await raiseVersions(database, tx, moment, row.id);
        await insertEvent(tx, moment, event);
        const entries = raised.map(({ id, version }) => ({ kind: 'session', id, below: version }) as const);
        await appendRevocations(tx, moment, entries);
        return user;
      }),
    disableUser: (userId, reason, event) =>
      withUser(userId, async (tx, row, moment) => {
        const disabledAt = row.disabled_at ?? moment.now;
        const user = await updateUser(tx, row.id, { disabled_at: disabledAt, disabled_reason: reason });
        const ended = await endLivingSessions(database, tx, moment, { userId, reason: 'user_disabled' });
        await insertEvent(tx, moment, event);
        await appendRevocations(
          tx,
          moment,
          ended.map((id) => ({ kind: 'session', id })),
        );
        return user;
      }),
    enableUser: (userId, event) =>
      withUser(userId, async (tx, row, moment) => {
        await insertEvent(tx, moment, event);
        return updateUser(tx, row.id, { disabled_at: null, disabled_reason: null });
      }),
  };
}

async function updateUser(db: Kysely<Schema>, id: string, change: Partial<UsersTable>): Promise<User> {
  const query = db.updateTable('users').where('id', '=', id).set(change).returningAll();
  return toUser(await query.executeTakeFirstOrThrow());
}
