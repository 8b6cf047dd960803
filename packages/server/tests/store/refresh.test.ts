import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { child } from '../../src/domain/refresh.ts';
import { StoreUnavailableError } from '../../src/ports/store.ts';
import {
  attempt,
  createUser,
  DIALECTS,
  firstToken,
  LIFETIMES,
  login,
  MINIMUM_AGE,
  MINUTE,
  openTestStore,
} from './databases.ts';
import type { TestStore } from './databases.ts';

describe.each(DIALECTS)('refreshes on %s', (dialect) => {
  let test: TestStore;
  beforeAll(async () => void (test = await openTestStore(dialect)));
  afterAll(() => test.drop());
  const nonce = (): Buffer => randomBytes(16);

  it('the current token moves the idle end and the address, and nothing else', async () => {
    const opened = await login(test.store, await createUser(test.store, ['reader']));
    test.time.ahead += MINUTE;
    const { now, matched, reading } = await test.store.refresh(attempt(firstToken(opened)));
    expect(matched).toBe(true);
    expect(reading).toEqual({
      now,
      user: opened.user,
      session: {
        ...opened.session,
        lastUsedAt: now,
        idleExpiresAt: now + LIFETIMES.idle,
        device: { ...opened.session.device, ip: '192.0.2.7' },
      },
    });
    expect(now).toBeGreaterThanOrEqual(opened.now + MINUTE);
    expect((await test.store.readSession(opened.session.id))?.session).toEqual(reading?.session);
  });

  it('a child that is old enough takes the place of its parent; its siblings and the parent miss then', async () => {
    const opened = await login(test.store, await createUser(test.store));
    const parent = firstToken(opened);
    const [a, b] = [child(parent, nonce(), opened.now), child(parent, nonce(), opened.now)];
    test.time.ahead += MINIMUM_AGE;
    const { now, matched, reading } = await test.store.refresh(attempt(a));
    expect(matched).toBe(true);
    expect(reading?.session).toMatchObject({
      generation: 1,
      nonce: a.nonce,
      previousNonce: opened.session.nonce,
      promotedAt: now,
    });
    for (const token of [parent, b]) {
      const missed = await test.store.refresh(attempt(token));
      expect(missed).toMatchObject({ matched: false, reading: { session: reading?.session } });
    }
  });

  it('attack 54: of two children at once, in one batch, on one server or two, one is promoted', async () => {
    const another = await test.another();
    const user = await createUser(test.store);
    for (let round = 0; round < 10; round++) {
      const opened = await login(test.store, user);
      const children = [1, 2, 3].map(() => child(firstToken(opened), nonce(), opened.now));
      test.time.ahead += MINIMUM_AGE;
      const outcomes = await Promise.all(
        children.map((token, n) => (n === 2 ? another : test.store).refresh(attempt(token))),
      );
      expect(outcomes.filter(({ matched }) => matched)).toHaveLength(1);
      const read = await test.store.readSession(opened.session.id);
      const winner = children[outcomes.findIndex(({ matched }) => matched)];
      expect(read?.session).toMatchObject({ generation: 1, nonce: winner?.nonce });
    }
  });

  it('one token many times at once is accepted each time', async () => {
    const opened = await login(test.store, await createUser(test.store));
    const token = child(firstToken(opened), nonce(), opened.now);
    test.time.ahead += MINIMUM_AGE;
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => test.store.refresh(attempt(token))));
    expect(outcomes.every(({ matched }) => matched)).toBe(true);
    expect((await test.store.readSession(opened.session.id))?.session.generation).toBe(1);
  });

  it('500 refreshes of 100 sessions at once are all answered, each with its own session', async () => {
    const users = await Promise.all(
      Array.from({ length: 10 }, (_, n) => createUser(test.store, [`role ${n}`])),
    );
    const opened = await Promise.all(
      users.flatMap((user) => Array.from({ length: 10 }, () => login(test.store, user))),
    );
    const asked = Array.from({ length: 5 }, () => opened).flat();
    const outcomes = await Promise.all(asked.map((one) => test.store.refresh(attempt(firstToken(one)))));
    for (const [n, { matched, reading }] of outcomes.entries()) {
      expect(matched).toBe(true);
      expect(reading?.session.id).toBe(asked[n]?.session.id);
      expect(reading?.user).toEqual(asked[n]?.user);
    }
  });

  it('misses hand out the row as it is, and nothing where there is none', async () => {
    const user = await createUser(test.store);
    const [ended, expired] = [
      await login(test.store, user),
      await login(test.store, user, { idle: 1000, absolute: MINUTE }),
    ];
    await test.store.endSession(ended.session.id, 'logout', { kind: 'logout' });
    test.time.ahead += 1000;
    const unknown = { ...firstToken(ended), sessionId: uuidv7() };
    const tokens = [firstToken(ended), firstToken(expired), unknown];
    const outcomes = await Promise.all(tokens.map((token) => test.store.refresh(attempt(token))));
    expect(outcomes.map(({ matched }) => matched)).toEqual([false, false, false]);
    expect(outcomes[0]?.reading).toMatchObject({ session: { endReason: 'logout' }, user });
    expect(outcomes[1]?.reading?.session).toEqual(expired.session);
    expect(outcomes[2]?.reading).toBeUndefined();
    for (const { now } of outcomes) expect(Math.abs(now - (await test.store.now()))).toBeLessThan(5000);
  });

  it('a session of a user who was disabled past the store does not refresh either', async () => {
    const user = await createUser(test.store);
    const opened = await login(test.store, user);
    await test.sql('update users set disabled_at = 1 where id = ?', user.id);
    const { matched, reading } = await test.store.refresh(attempt(firstToken(opened)));
    expect(matched).toBe(false);
    expect(reading).toMatchObject({ session: opened.session, user: { disabledAt: 1 } });
  });

  it('attack 57: after an ending nothing refreshes, whatever raced with it', async () => {
    const user = await createUser(test.store);
    for (let round = 0; round < 20; round++) {
      const opened = await login(test.store, user);
      const refreshing = [1, 2, 3].map(() => test.store.refresh(attempt(firstToken(opened))));
      const ending = test.store.endSession(opened.session.id, 'logout', { kind: 'logout' });
      await Promise.all([...refreshing, ending]);
      expect((await test.store.refresh(attempt(firstToken(opened)))).matched).toBe(false);
    }
  });

  it('a refresh that races with new roles never has the old roles under the new version', async () => {
    const another = await test.another();
    const user = await createUser(test.store, ['0']);
    const opened = await login(test.store, user);
    for (let round = 1; round <= 20; round++) {
      const changing = another.setRoles(user.id, [String(round)], { kind: 'roles_changed' });
      const outcomes = await Promise.all(
        [1, 2, 3].map(() => test.store.refresh(attempt(firstToken(opened)))),
      );
      await changing;
      for (const { reading } of outcomes) {
        expect(Number(reading?.user.roles[0])).toBeGreaterThanOrEqual((reading?.session.version ?? 0) - 1);
      }
    }
  });

  it('a refresh that waited beyond its deadline is dropped, and the others are not', async () => {
    const opened = await login(test.store, await createUser(test.store));
    const late = { ...attempt(firstToken(opened)), deadline: performance.now() - 1 };
    const both = await Promise.allSettled([
      test.store.refresh(late),
      test.store.refresh(attempt(firstToken(opened))),
    ]);
    expect(both[0]).toMatchObject({
      status: 'rejected',
      reason: expect.any(StoreUnavailableError) as unknown,
    });
    expect(both[1]).toMatchObject({ status: 'fulfilled', value: { matched: true } });
  });

  it('refreshes, endings and changes of roles of the same users at once never wait in a circle', async () => {
    const another = await test.another();
    const users = await Promise.all([1, 2, 3, 4].map(() => createUser(test.store)));
    const opened = await Promise.all(
      users.flatMap((user) => Array.from({ length: 8 }, () => login(test.store, user))),
    );
    const work: Promise<unknown>[] = [];
    for (let round = 0; round < 5; round++) {
      for (const one of opened) {
        work.push(test.store.refresh(attempt(firstToken(one))), another.refresh(attempt(firstToken(one))));
      }
      for (const user of users) {
        work.push(another.setRoles(user.id, [String(round)], { kind: 'roles_changed' }));
        work.push(test.store.endSession(opened[round]?.session.id ?? '', 'logout', { kind: 'logout' }));
      }
    }
    await Promise.all(work);
    expect(await test.store.listSessions(users[3]?.id ?? '')).toHaveLength(8);
  });
});
