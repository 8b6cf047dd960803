import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REVOCATION_MARGIN } from '../../src/domain/revocation.ts';
import {
  ACCESS_TOKEN_LIFETIME,
  attempt,
  createUser,
  DAY,
  DIALECTS,
  firstToken,
  login,
  openTestStore,
} from './databases.ts';
import type { TestStore } from './databases.ts';

describe.each(DIALECTS)('the logs on %s', (dialect) => {
  let test: TestStore;
  beforeAll(async () => void (test = await openTestStore(dialect)));
  afterAll(() => test.drop());
  const token = (n: number) => ({ kind: 'token', jti: `token ${n}` }) as const;

  it('keeps entries of every kind in their order, one number a transaction', async () => {
    const { epoch, seq } = (await test.store.readRevocations(0, 0)).position;
    expect(epoch).toMatch(/^[0-9a-f]{16}$/);
    const entries = [
      token(1),
      { kind: 'session', id: 'a' },
      { kind: 'session', id: 'b', below: 3 },
      { kind: 'key', kid: 'k' },
    ] as const;
    const before = await test.store.now();
    await test.store.appendRevocations(entries, { kind: 'logout', ip: '192.0.2.1' });
    await test.store.appendRevocations([token(2)]);
    await test.store.appendRevocations([]);
    const [first, second, ...more] = (await test.store.readRevocations(seq, 10)).records;
    expect(first).toEqual({ epoch, seq: seq + 1, createdAt: first?.createdAt, entries });
    expect(first?.createdAt).toBeGreaterThanOrEqual(before);
    expect(second).toMatchObject({ seq: seq + 2, entries: [token(2)] });
    expect(more).toEqual([]);
    expect((await test.store.readRevocations(seq, 1)).records).toEqual([first]);
    expect((await test.store.readRevocations(seq + 1, 10)).records).toEqual([second]);
    expect((await test.store.readRevocations(0, 0)).position).toEqual({ epoch, seq: seq + 2 });
  });

  it('takes more entries at once than a statement has parameters', async () => {
    const { seq } = (await test.store.readRevocations(0, 0)).position;
    const entries = Array.from({ length: 5000 }, (_, n) => token(n));
    await test.store.appendRevocations(entries);
    expect((await test.store.readRevocations(seq, 10)).records.map((record) => record.entries)).toEqual([
      entries,
    ]);
  });

  it('a write that fails leaves neither the act, nor the event, nor a gap in the numbers', async () => {
    const user = await createUser(test.store);
    const { session } = await login(test.store, user);
    const before = (await test.store.readRevocations(0, 0)).position;
    const events = await test.store.listEvents(1000);
    const cyclic: Record<string, string> = {};
    Object.assign(cyclic, { cyclic });
    const event = { kind: 'roles_changed', detail: cyclic } as const;
    await expect(test.store.setRoles(user.id, ['admin'], event)).rejects.toBeInstanceOf(TypeError);
    await expect(test.store.appendRevocations([token(1)], event)).rejects.toBeInstanceOf(TypeError);
    // The row of the counter is taken by then: this shows that a rollback gives it back.
    const nothing = { kind: 'token', jti: null as unknown as string } as const;
    await expect(test.store.appendRevocations([nothing])).rejects.toThrow();
    expect((await test.store.readRevocations(0, 0)).position).toEqual(before);
    expect(await test.store.listEvents(1000)).toEqual(events);
    expect((await test.store.readSession(session.id))?.session.version).toBe(1);
    await test.store.appendRevocations([token(1)]);
    expect((await test.store.readRevocations(0, 0)).position).toEqual({ ...before, seq: before.seq + 1 });
  });

  it('numbers are in the order of commits and without gaps when many write at once', async () => {
    const another = await test.another();
    const users = await Promise.all(Array.from({ length: 8 }, () => createUser(test.store)));
    for (const user of users) for (let n = 0; n < 3; n++) await login(test.store, user);
    let { seq: last } = (await test.store.readRevocations(0, 0)).position;
    const first = last;
    let writing = true;
    const read = async (): Promise<void> => {
      while (writing) {
        // SQLite answers at once: without this nobody else would have a turn.
        await setImmediate();
        // A reader that has seen a number must never be surprised by a smaller one.
        for (const record of (await test.store.readRevocations(last, 100)).records) {
          expect(record.seq).toBe(last + 1);
          last = record.seq;
        }
      }
    };
    const reader = read();
    await Promise.all(
      users.flatMap((user, n) => {
        const store = n % 2 === 0 ? test.store : another;
        return [
          store.setRoles(user.id, ['reader'], { kind: 'roles_changed' }),
          another.endSessionsOf(user.id, 'logout_all', { kind: 'logout_all' }),
          test.store.appendRevocations([token(n)]),
        ];
      }),
    );
    writing = false;
    await reader;
    const records = (await test.store.readRevocations(first, 1000)).records;
    const { seq } = (await test.store.readRevocations(0, 0)).position;
    expect(records.map((record) => record.seq)).toEqual(
      Array.from({ length: seq - first }, (_, n) => first + 1 + n),
    );
    expect(records.length).toBeGreaterThanOrEqual(16);
  });

  it('keeps entries for the longest lifetime that was ever set, and prunes them then', async () => {
    await test.another({ accessTokenLifetime: 1000 });
    test.time.ahead += DAY;
    await test.store.prune();
    const { seq } = (await test.store.readRevocations(0, 0)).position;
    await test.store.appendRevocations([token(1), { kind: 'key', kid: 'for ever' }]);
    test.time.ahead += ACCESS_TOKEN_LIFETIME + REVOCATION_MARGIN - 5000;
    await test.store.prune();
    expect((await test.store.readRevocations(seq, 10)).records[0]?.entries).toHaveLength(2);
    test.time.ahead += 5000;
    expect(await test.store.prune()).toBe(1);
    const [record] = (await test.store.readRevocations(seq, 10)).records;
    expect(record?.entries).toEqual([{ kind: 'key', kid: 'for ever' }]);
    expect((await test.store.readRevocations(0, 0)).position.seq).toBe(seq + 1);

    await test.another({ accessTokenLifetime: ACCESS_TOKEN_LIFETIME + DAY });
    await test.store.appendRevocations([token(2)]);
    test.time.ahead += DAY;
    expect(await test.store.prune()).toBe(0);
  });

  it('prunes in batches: more rows than one holds all go', async () => {
    test.time.ahead += 3 * DAY;
    await test.store.prune();
    await test.store.appendRevocations(Array.from({ length: 2500 }, (_, n) => token(n)));
    test.time.ahead += 3 * DAY;
    expect(await test.store.prune()).toBe(2500);
  });

  it('prunes sessions after their absolute end, not before', async () => {
    const user = await createUser(test.store);
    const { session } = await login(test.store, user, { idle: 1000, absolute: 10 * DAY });
    await test.store.endSession(session.id, 'logout', { kind: 'logout' });
    test.time.ahead += 10 * DAY - 5000;
    await test.store.prune();
    expect((await test.store.readSession(session.id))?.session.endReason).toBe('logout');
    test.time.ahead += 5000 + 2 * DAY;
    await test.store.prune();
    expect(await test.store.readSession(session.id)).toBeUndefined();
    expect(await test.store.userById(user.id)).toBeDefined();
  });

  it('keeps events for 400 days and lists the newest first', async () => {
    const at = await test.store.now();
    const detail = { kid: 'k', count: 3 };
    await test.store.recordEvent({ kind: 'login_failed', ip: '192.0.2.1' });
    await test.store.recordEvent({ kind: 'key_revoked', detail });
    const [newest, older] = await test.store.listEvents(2);
    expect(newest).toEqual({ kind: 'key_revoked', detail, id: newest?.id, at: newest?.at });
    expect(older).toEqual({ kind: 'login_failed', ip: '192.0.2.1', id: older?.id, at: older?.at });
    expect(older?.at).toBeGreaterThanOrEqual(at);
    test.time.ahead += 400 * DAY - 5000;
    await test.store.prune();
    expect(await test.store.listEvents(2)).toEqual([newest, older]);
    test.time.ahead += 6000;
    await test.store.prune();
    expect(await test.store.listEvents(2)).toEqual([]);
  });

  it('recovery is open for as long as was said, and adopts a parent only then', async () => {
    const user = await createUser(test.store);
    const opened = await login(test.store, user);
    const { session } = opened;
    const next = { generation: 4, nonce: Buffer.alloc(16, 7) };
    const adopt = () =>
      test.store.adoptParent(session.id, session, next, { kind: 'session_recovered', sessionId: session.id });
    expect(await test.store.recoveryUntil()).toBeUndefined();
    expect(await adopt()).toBe(false);
    const until = await test.store.openRecovery(7 * DAY, { kind: 'recovery_opened' });
    expect(await test.store.recoveryUntil()).toBe(until);
    test.time.ahead += 6 * DAY;
    expect(await adopt()).toBe(true);
    expect(await adopt()).toBe(false);
    expect((await test.store.readSession(session.id))?.session).toEqual({
      ...session,
      ...next,
      previousNonce: null,
      promotedAt: null,
    });
    expect((await test.store.refresh(attempt(firstToken(opened)))).matched).toBe(false);
    test.time.ahead += DAY;
    expect(await test.store.recoveryUntil()).toBeUndefined();
    expect(await test.store.openRecovery(1000, { kind: 'recovery_opened' })).toBeGreaterThan(until);
  });
});

interface Explanation {
  readonly 'QUERY PLAN': readonly { readonly Plan: { readonly 'Total Cost': number } }[];
}

it('PostgreSQL reads a snapshot without compiling it first, before it knows how large the tables are', async () => {
  const { store, sql, drop } = await openTestStore('PostgreSQL');
  try {
    await sql('alter table revocations set (autovacuum_enabled = off)');
    for (let n = 0; n < 10; n++) {
      await store.appendRevocations(
        Array.from({ length: 5000 }, (_, at) => ({ kind: 'token', jti: `${n}.${at}` })),
      );
    }
    expect((await store.revocationSnapshot()).records).toHaveLength(10);
    const [asked] = await sql<{ query: string }>(
      `select query from pg_stat_activity where datname = current_database() and query like '%log_epoch%expires_at" > %'
       and pid <> pg_backend_pid()`,
    );
    // The one text among the parameters is a name.
    const text = asked?.query.replaceAll(/= \$\d/g, "= '1'").replaceAll(/\$\d/g, '0') ?? '';
    const [explained] = await sql<Explanation>(`explain (format json) ${text}`);
    const [{ jit_above_cost: compiled } = { jit_above_cost: '' }] = await sql<{ jit_above_cost: string }>(
      'show jit_above_cost',
    );
    expect(explained?.['QUERY PLAN'][0]?.Plan['Total Cost']).toBeLessThan(Number(compiled));
  } finally {
    await drop();
  }
});
