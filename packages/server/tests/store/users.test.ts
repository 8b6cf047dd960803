import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCESS_TOKEN_LIFETIME,
  createUser,
  DAY,
  DIALECTS,
  LIFETIMES,
  login,
  newSession,
  openTestStore,
} from './databases.ts';
import type { TestStore } from './databases.ts';

describe.each(DIALECTS)('accounts on %s', (dialect) => {
  let test: TestStore;
  beforeAll(async () => void (test = await openTestStore(dialect)));
  afterAll(() => test.drop());
  const entriesAfter = async (seq: number) =>
    (await test.store.readRevocations(seq, 100)).records.map(({ entries }) => entries);
  const end = async () => (await test.store.readRevocations(0, 0)).position.seq;
  const change = (userId: string, keepSessionId: string, expectedPasswordVersion = 1) =>
    test.store.changePassword(
      { userId, expectedPasswordVersion, passwordHash: '$argon2id$second', keepSessionId },
      { kind: 'password_changed', userId },
    );

  it('stores a user and finds it by id and email', async () => {
    const before = await test.store.now();
    const user = await createUser(test.store, ['admin', 'with "quotes"']);
    expect(user).toMatchObject({
      emailVerified: false,
      name: 'Ada',
      passwordVersion: 1,
      roles: ['admin', 'with "quotes"'],
      disabledAt: null,
      disabledReason: null,
    });
    expect(user.createdAt).toBeGreaterThanOrEqual(before);
    expect(await test.store.userById(user.id)).toEqual(user);
    expect(await test.store.userByEmail(user.email)).toEqual(user);
    expect(await test.store.listUsers()).toContainEqual(user);
  });

  it('finds nobody under an unknown email or id, and none under what is no id', async () => {
    expect(await test.store.userByEmail('nobody@example.org')).toBeUndefined();
    expect(await test.store.userById(uuidv7())).toBeUndefined();
    for (const id of ['', 'x', "' or 1=1", '01890000-0000-7000-8000-00000000000Z']) {
      expect(await test.store.userById(id)).toBeUndefined();
      expect(await test.store.readSession(id)).toBeUndefined();
      expect(await test.store.listSessions(id)).toEqual([]);
      expect(await test.store.endSession(id, 'logout', { kind: 'logout' })).toBe(false);
      expect(await test.store.setRoles(id, [], { kind: 'roles_changed' })).toBeUndefined();
    }
  });

  it('attack 99: of two sign-ups with one email at once, one makes the account', async () => {
    const user = { email: 'race@example.org', name: null, passwordHash: 'h', roles: [] };
    const ids = Array.from({ length: 4 }, uuidv7);
    const made = await Promise.all(
      ids.map((id) => test.store.insertUser({ ...user, id }, { kind: 'user_created', userId: id })),
    );
    expect(made.filter((one) => one !== undefined)).toHaveLength(1);
    const events = (await test.store.listEvents(10)).filter(({ userId }) => ids.includes(userId ?? ''));
    expect(events).toHaveLength(1);
  });

  it('attack 51: new roles raise the version of every living session and revoke what was signed before', async () => {
    const user = await createUser(test.store, ['admin']);
    const [a, b] = [await login(test.store, user), await login(test.store, user)];
    const gone = await login(test.store, user);
    await test.store.endSession(gone.session.id, 'logout', { kind: 'logout' });
    const seq = await end();
    const changed = await test.store.setRoles(user.id, ['reader'], {
      kind: 'roles_changed',
      userId: user.id,
    });
    expect(changed?.roles).toEqual(['reader']);
    const [entries, ...more] = await entriesAfter(seq);
    expect(more).toEqual([]);
    expect(entries).toHaveLength(2);
    for (const { session } of [a, b]) {
      expect(entries).toContainEqual({ kind: 'session', id: session.id, below: 2 });
      expect(await test.store.readSession(session.id)).toMatchObject({
        session: { version: 2 },
        user: { roles: ['reader'] },
      });
    }
    expect((await test.store.readSession(gone.session.id))?.session.version).toBe(1);
  });

  it('roles of a user without sessions append nothing', async () => {
    const user = await createUser(test.store);
    const seq = await end();
    await test.store.setRoles(user.id, ['reader'], { kind: 'roles_changed' });
    expect(await end()).toBe(seq);
  });

  it('a session that is over by time is revoked as long as a token of it can live, and no longer', async () => {
    const user = await createUser(test.store);
    const short = await login(test.store, user, { idle: 1000, absolute: DAY });
    const seq = await end();
    test.time.ahead += 1000 + ACCESS_TOKEN_LIFETIME;
    await test.store.setRoles(user.id, ['a'], { kind: 'roles_changed' });
    expect(await entriesAfter(seq)).toEqual([[{ kind: 'session', id: short.session.id, below: 2 }]]);
    test.time.ahead += 120_000;
    await test.store.setRoles(user.id, ['b'], { kind: 'roles_changed' });
    expect(await end()).toBe(seq + 1);
  });

  it('attack 51: disabling an account ends all of its sessions, and no other', async () => {
    const [user, other] = [await createUser(test.store), await createUser(test.store)];
    const [a, b, c] = [
      await login(test.store, user),
      await login(test.store, user),
      await login(test.store, other),
    ];
    const seq = await end();
    const disabled = await test.store.disableUser(user.id, 'ban', { kind: 'user_disabled', userId: user.id });
    expect(disabled).toMatchObject({ disabledReason: 'ban' });
    expect(disabled?.disabledAt).toBeGreaterThan(0);
    const [entries] = await entriesAfter(seq);
    expect(entries).toHaveLength(2);
    for (const { session } of [a, b]) {
      expect(entries).toContainEqual({ kind: 'session', id: session.id });
      expect((await test.store.readSession(session.id))?.session.endReason).toBe('user_disabled');
    }
    expect((await test.store.readSession(c.session.id))?.session.endedAt).toBeNull();
    expect(await test.store.openSession(newSession(user), 1, LIFETIMES, { kind: 'login' })).toBeUndefined();

    const enabled = await test.store.enableUser(user.id, { kind: 'user_enabled', userId: user.id });
    expect(enabled).toMatchObject({ disabledAt: null, disabledReason: null });
    expect((await test.store.readSession(a.session.id))?.session.endedAt).not.toBeNull();
    await login(test.store, user);
  });

  it('no login survives the disabling that it raced with', async () => {
    for (let round = 0; round < 15; round++) {
      const user = await createUser(test.store);
      const logins = Array.from({ length: 4 }, () =>
        test.store.openSession(newSession(user), 1, LIFETIMES, { kind: 'login' }),
      );
      const disabling = test.store.disableUser(user.id, 'ban', { kind: 'user_disabled' });
      logins.push(test.store.openSession(newSession(user), 1, LIFETIMES, { kind: 'login' }));
      await Promise.all([...logins, disabling]);
      expect(await test.store.listSessions(user.id)).toEqual([]);
    }
  });

  it('attack 51: a new password ends every session but one, and outdates the tokens of that', async () => {
    const user = await createUser(test.store);
    const [kept, a] = [await login(test.store, user), await login(test.store, user)];
    const seq = await end();
    const reading = await change(user.id, kept.session.id);
    expect(reading).toMatchObject({
      session: { id: kept.session.id, version: 2, endedAt: null },
      user: { passwordVersion: 2, passwordHash: '$argon2id$second' },
    });
    const [entries] = await entriesAfter(seq);
    expect(entries).toHaveLength(2);
    expect(entries).toContainEqual({ kind: 'session', id: a.session.id });
    expect(entries).toContainEqual({ kind: 'session', id: kept.session.id, below: 2 });
    expect(await test.store.openSession(newSession(user), 1, LIFETIMES, { kind: 'login' })).toBeUndefined();
  });

  it('a password that has changed in the meantime, or an account that is disabled or gone, is stale', async () => {
    const user = await createUser(test.store);
    const { session } = await login(test.store, user);
    const both = await Promise.all([change(user.id, session.id), change(user.id, session.id)]);
    expect(both.filter((one) => one === 'stale')).toHaveLength(1);
    await test.store.disableUser(user.id, 'ban', { kind: 'user_disabled' });
    const seq = await end();
    expect(await change(user.id, session.id, 2)).toBe('stale');
    expect(await change(uuidv7(), session.id)).toBe('stale');
    expect(await end()).toBe(seq);
  });

  it('a new password is set although the session that asked has ended; that of another is not kept', async () => {
    const [user, other] = [await createUser(test.store), await createUser(test.store)];
    const { session } = await login(test.store, user);
    const foreign = await login(test.store, other);
    await test.store.endSession(session.id, 'logout', { kind: 'logout' });
    expect(await change(user.id, session.id)).toBeUndefined();
    expect((await test.store.userById(user.id))?.passwordVersion).toBe(2);
    expect(await change(user.id, foreign.session.id, 2)).toBeUndefined();
    expect((await test.store.readSession(foreign.session.id))?.session.version).toBe(1);
  });
});
