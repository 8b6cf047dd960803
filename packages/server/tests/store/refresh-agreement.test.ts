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
const nonce = fc.integer({ min: 0, max: 1 }).map((n) => Buffer.alloc(16, n));
const moment = fc.oneof(fc.integer({ min: -1, max: 1 }), fc.integer({ min: -2 * IDLE, max: 2 * IDLE }));
const row = fc.record({
  generation: fc.integer({ min: 3, max: 5 }),
  nonce,
  previousNonce: fc.option(nonce),
  promotedAt: fc.option(moment),
  ended: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  idleExpiresAt: fc.oneof({ weight: 3, arbitrary: fc.constant(IDLE) }, { weight: 1, arbitrary: moment }),
  absoluteAfterIdle: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * IDLE })),
});
const token = fc.record({
  lead: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: -3, max: 3 })),
  nonce,
  parentNonce: nonce,
  minimumAge: fc.constantFrom(0, 2 * MINUTE),
  older: fc.oneof(fc.integer({ min: -1, max: 1 }), fc.integer({ min: -MINUTE, max: MINUTE })),
});

describe.each(DIALECTS)('the statement of a refresh on %s', (dialect) => {
  let test: TestStore;
  /** The sessions as they were opened; the last one is not there. */
  let opened: (Session | undefined)[];
  beforeAll(async () => {
    test = await openTestStore(dialect);
    const user = await createUser(test.store);
    opened = [];
    for (let n = 0; n < 8; n++) opened.push((await login(test.store, user)).session);
    opened.push(undefined);
  });
  afterAll(() => test.drop());

  async function write(
    session: Session | undefined,
    state: ReturnType<typeof toState>,
  ): Promise<Session | undefined> {
    if (session === undefined) return undefined;
    await test.sql(
      `update sessions set generation = ?, nonce = ?, previous_nonce = ?, promoted_at = ?, ended_at = ?,
         idle_expires_at = ?, expires_at = ?, last_used_at = ?, ip = ? where id = ?`,
      ...[state.generation, state.nonce, state.previousNonce, state.promotedAt, state.endedAt],
      ...[state.idleExpiresAt, state.expiresAt, session.lastUsedAt, session.device.ip, session.id],
    );
    return { ...session, ...state };
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
        const started = Date.now();
        const before = await Promise.all(pairs.map(([given], n) => write(opened[n], toState(given, now))));
        // Back to the moment that the rows were written for, so that the edges of time are met.
        test.time.ahead -= Date.now() - started;
        await Promise.all(
          pairs.map(async ([{ generation }, { lead, nonce, parentNonce, minimumAge, older }], n) => {
            const token = {
              ...{ sessionId: opened[n]?.id ?? uuidv7(), generation: generation + lead, nonce, parentNonce },
              issuedAt: now - minimumAge - older,
            };
            const deadline = performance.now() + 15_000;
            const facts = { token, mode: 'cookie', ip: '192.0.2.9', deadline } as const;
            const attempt = { ...facts, minimumAge, idleLifetime: IDLE };
            expectAgreement(before[n], token, minimumAge, await test.store.refresh(attempt));
          }),
        );
      }),
      { numRuns: 150 },
    );
  });
});
