import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, promote } from '../../src/domain/refresh.ts';
import type { RefreshTokenFacts } from '../../src/domain/refresh.ts';
import type { Session } from '../../src/domain/session.ts';
import type { RefreshOutcome } from '../../src/ports/store.ts';
import { createUser, DIALECTS, login, MINUTE, openTestStore } from './databases.ts';
import type { TestStore } from './databases.ts';

const IDLE = 30 * MINUTE;

// Few nonces and generations, so that tokens often fit; moments are relative to now and crowd around it.
const nonce = fc.integer({ min: 0, max: 3 }).map((n) => Buffer.alloc(16, n));
const moment = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -2 * IDLE, max: 2 * IDLE }));
const row = fc.record({
  generation: fc.integer({ min: 0, max: 4 }),
  nonce,
  previousNonce: fc.option(nonce),
  promotedAt: fc.option(moment),
  ended: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  idleExpiresAt: fc.oneof({ weight: 3, arbitrary: fc.constant(IDLE) }, { weight: 1, arbitrary: moment }),
  absoluteAfterIdle: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * IDLE })),
});
const token = fc.record({
  generation: fc.integer({ min: 0, max: 6 }),
  nonce,
  parentNonce: nonce,
  age: fc.oneof(fc.constant(10 * MINUTE), fc.integer({ min: -3, max: 2 * MINUTE })),
  minimumAge: fc.oneof(fc.constant(2 * MINUTE), fc.integer({ min: 0, max: 3 })),
});

describe.each(DIALECTS)('the statement of a refresh on %s', (dialect) => {
  let test: TestStore;
  let ids: string[];
  beforeAll(async () => {
    test = await openTestStore(dialect);
    const user = await createUser(test.store);
    ids = [];
    for (let n = 0; n < 8; n++) ids.push((await login(test.store, user)).session.id);
    ids.push(uuidv7());
  });
  afterAll(() => test.drop());

  async function write(id: string, state: ReturnType<typeof toState>): Promise<Session | undefined> {
    await test.sql(
      `update sessions set generation = ?, nonce = ?, previous_nonce = ?, promoted_at = ?, ended_at = ?,
         idle_expires_at = ?, expires_at = ? where id = ?`,
      ...[state.generation, state.nonce, state.previousNonce, state.promotedAt, state.endedAt],
      ...[state.idleExpiresAt, state.expiresAt, id],
    );
    return (await test.store.readSession(id))?.session;
  }

  function toState(given: typeof row extends fc.Arbitrary<infer Row> ? Row : never, now: number) {
    const { generation, nonce, previousNonce, promotedAt, ended } = given;
    return {
      ...{ generation, nonce, previousNonce },
      promotedAt: promotedAt === null ? null : now + promotedAt,
      endedAt: ended ? now : null,
      idleExpiresAt: now + given.idleExpiresAt,
      expiresAt: now + given.idleExpiresAt + given.absoluteAfterIdle,
    };
  }

  function expectAgreement(
    before: Session | undefined,
    token: RefreshTokenFacts,
    minimumAge: number,
    { now, matched, reading }: RefreshOutcome,
  ): void {
    const policy = { minimumAge, supersededWindow: MINUTE };
    const verdict = judge(before, token, now, policy);
    expect(matched).toBe(verdict.kind === 'accept');
    if (before === undefined || verdict.kind !== 'accept') {
      expect(reading?.session).toEqual(before);
      return;
    }
    const promoted = verdict.promote ? promote(before, token, now) : before;
    expect(reading?.session).toEqual({
      ...promoted,
      lastUsedAt: now,
      idleExpiresAt: Math.min(now + IDLE, before.expiresAt),
      device: { ...before.device, ip: '192.0.2.9' },
    });
    if (reading === undefined || now >= reading.session.idleExpiresAt) return;
    expect(judge(reading.session, token, now, policy)).toEqual({
      kind: 'accept',
      promote: false,
      mint: verdict.mint,
    });
  }

  it('does to any row what judge and promote say, with many in one batch', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(row, token), { minLength: 9, maxLength: 9 }), async (pairs) => {
        const now = await test.store.now();
        const before = [];
        for (const [n, [given]] of pairs.entries())
          before.push(await write(ids[n] ?? '', toState(given, now)));
        const tokens = pairs.map(([, { generation, nonce, parentNonce, age }], n) => {
          return { sessionId: ids[n] ?? '', generation, nonce, parentNonce, issuedAt: now - age };
        });
        const outcomes = await Promise.all(
          tokens.map((token, n) => {
            const minimumAge = pairs[n]?.[1].minimumAge ?? 0;
            const deadline = performance.now() + 15_000;
            return test.store.refresh({ token, minimumAge, idleLifetime: IDLE, ip: '192.0.2.9', deadline });
          }),
        );
        for (const [n, outcome] of outcomes.entries()) {
          const token = tokens[n];
          if (token) expectAgreement(before[n], token, pairs[n]?.[1].minimumAge ?? 0, outcome);
        }
      }),
      { numRuns: 150 },
    );
  });
});
