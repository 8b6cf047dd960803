import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/domain/session.ts';
import {
  attempt,
  createUser,
  DAY,
  DIALECTS,
  firstToken,
  LIFETIMES,
  login,
  newSession,
  openTestStore,
} from './databases.ts';
import type { TestStore } from './databases.ts';

describe.each(DIALECTS)('sessions on %s', (dialect) => {
  let test: TestStore;
  beforeAll(async () => void (test = await openTestStore(dialect)));
  afterAll(() => test.drop());

  it('opens a session by the clock of the database and reads it with its user', async () => {
    const user = await createUser(test.store, ['reader']);
    const asked = newSession(user);
    const opened = await test.store.openSession(asked, 1, LIFETIMES, { kind: 'login' });
    const now = opened?.now ?? 0;
    expect(Math.abs(now - (await test.store.now()))).toBeLessThan(5000);
    expect(opened?.session).toEqual({
      ...asked,
      nonce: Buffer.from(asked.nonce),
      version: 1,
      generation: 0,
      previousNonce: null,
      promotedAt: null,
      createdAt: now,
      lastUsedAt: now,
      authenticatedAt: now,
      idleExpiresAt: now + LIFETIMES.idle,
      expiresAt: now + LIFETIMES.absolute,
      endedAt: null,
      endReason: null,
    } satisfies Session);
    const read = await test.store.readSession(asked.id);
    expect(read?.session).toEqual(opened?.session);
    expect(read?.user).toEqual(user);
    expect(read?.now).toBeGreaterThanOrEqual(now);
  });

  it('attack 61: the idle end of a session is never after its absolute end', async () => {
    const user = await createUser(test.store);
    const { session } = await login(test.store, user, { idle: 7 * DAY, absolute: DAY });
    expect(session.idleExpiresAt).toBe(session.expiresAt);
  });

  it('opens none for a password of another version, or a user who is not there', async () => {
    const user = await createUser(test.store);
    expect(await test.store.openSession(newSession(user), 2, LIFETIMES, { kind: 'login' })).toBeUndefined();
    const nobody = newSession({ id: uuidv7() });
    expect(await test.store.openSession(nobody, 1, LIFETIMES, { kind: 'login' })).toBeUndefined();
    expect(await test.store.listSessions(user.id)).toEqual([]);
  });

  it('lists the sessions that are not over, the last used first', async () => {
    const user = await createUser(test.store);
    const [a, b, ended] = [
      await login(test.store, user),
      await login(test.store, user),
      await login(test.store, user),
    ];
    const short = await login(test.store, user, { idle: 1000, absolute: DAY });
    await test.store.endSession(ended.session.id, 'logout', { kind: 'logout' });
    test.time.ahead += 1000;
    await test.store.refresh(attempt(firstToken(a)));
    const listed = await test.store.listSessions(user.id);
    expect(listed.map(({ id }) => id)).toEqual([a.session.id, b.session.id]);
    expect(listed[0]?.device.ip).toBe('192.0.2.7');
    expect(await test.store.readSession(short.session.id)).toBeDefined();
  });

  it('lists no more than a hundred, so that no list stops the process', async () => {
    const user = await createUser(test.store);
    for (let i = 0; i < 101; i++) await login(test.store, user);
    expect(await test.store.listSessions(user.id)).toHaveLength(100);
  });

  it('ends a session once, and of many endings at once only one tells of it', async () => {
    const user = await createUser(test.store);
    const { session } = await login(test.store, user);
    const { seq } = (await test.store.readRevocations(0, 0)).position;
    const event = { kind: 'logout', sessionId: session.id } as const;
    const endings = await Promise.all(
      Array.from({ length: 5 }, () => test.store.endSession(session.id, 'logout', event)),
    );
    expect(endings.filter(Boolean)).toHaveLength(1);
    const records = (await test.store.readRevocations(seq, 10)).records;
    expect(records.map(({ entries }) => entries)).toEqual([[{ kind: 'session', id: session.id }]]);
    const read = await test.store.readSession(session.id);
    expect(read?.session).toMatchObject({ endReason: 'logout', endedAt: records[0]?.createdAt });
    const events = (await test.store.listEvents(20)).filter((one) => one.sessionId === session.id);
    expect(events.map(({ kind }) => kind)).toEqual(['logout']);
  });

  it('asks the condition about the row as it is, and leaves it alone on a no', async () => {
    const user = await createUser(test.store);
    const { session } = await login(test.store, user);
    const { seq } = (await test.store.readRevocations(0, 0)).position;
    let asked: [Session, number] | undefined;
    const end = (answer: boolean) =>
      test.store.endSession(session.id, 'refresh_reuse', { kind: 'refresh_reuse' }, (row, now) => {
        asked = [row, now];
        return answer;
      });
    expect(await end(false)).toBe(false);
    expect(asked?.[0]).toEqual(session);
    expect(asked?.[1]).toBeGreaterThanOrEqual(session.createdAt);
    expect((await test.store.readSession(session.id))?.session).toEqual(session);
    expect((await test.store.readRevocations(0, 0)).position.seq).toBe(seq);
    expect(await end(true)).toBe(true);
    expect((await test.store.readSession(session.id))?.session.endReason).toBe('refresh_reuse');
  });

  it('ends all sessions of a user with one record', async () => {
    const [user, other] = [await createUser(test.store), await createUser(test.store)];
    const ids = (await Promise.all([1, 2, 3].map(() => login(test.store, user)))).map(
      (one) => one.session.id,
    );
    const { session } = await login(test.store, other);
    const { seq } = (await test.store.readRevocations(0, 0)).position;
    expect(await test.store.endSessionsOf(user.id, 'logout_all', { kind: 'logout_all' })).toBe(3);
    const [record, ...more] = (await test.store.readRevocations(seq, 10)).records;
    expect(more).toEqual([]);
    expect(new Set(record?.entries)).toEqual(new Set(ids.map((id) => ({ kind: 'session', id }))));
    expect(await test.store.listSessions(user.id)).toEqual([]);
    expect((await test.store.readSession(session.id))?.session.endedAt).toBeNull();
    expect(await test.store.endSessionsOf(user.id, 'logout_all', { kind: 'logout_all' })).toBe(0);
    expect(await test.store.endSessionsOf(uuidv7(), 'logout_all', { kind: 'logout_all' })).toBe(0);
  });

  it('keeps everything when the database is opened again', async () => {
    const user = await createUser(test.store, ['reader']);
    const { session } = await login(test.store, user);
    const again = await test.another({ accessTokenLifetime: 1000 });
    expect((await again.readSession(session.id))?.session).toEqual(session);
    expect(await again.userById(user.id)).toEqual(user);
    expect((await again.readRevocations(0, 0)).position).toEqual(
      (await test.store.readRevocations(0, 0)).position,
    );
  });
});
