import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adopt, child, judge, promote } from '../../src/domain/refresh.ts';
import type { RefreshState, RefreshTokenFacts, Verdict } from '../../src/domain/refresh.ts';
import { NO_PARENT } from '../../src/domain/refresh-token.ts';

const policy = { minimumAge: 120_000, supersededWindow: 30_000 };
const { minimumAge: M, supersededWindow: S } = policy;

const nonce = (byte: number): Uint8Array => new Uint8Array(16).fill(byte);
const current: RefreshTokenFacts = {
  sessionId: 'session',
  generation: 5,
  nonce: nonce(5),
  parentNonce: nonce(4),
  issuedAt: 1_000_000,
};
const previous = { ...current, generation: 4, nonce: nonce(4), parentNonce: nonce(3), issuedAt: 0 };
const row: RefreshState = {
  generation: 5,
  nonce: nonce(5),
  previousNonce: nonce(4),
  promotedAt: 2_000_000,
  endedAt: null,
  idleExpiresAt: 10_000_000,
  expiresAt: 20_000_000,
};
const next = child(current, nonce(6), 3_000_000);

describe('the decision', () => {
  const accept = (promotes: boolean, mint: boolean): Verdict => ({ kind: 'accept', promote: promotes, mint });

  test.each<[string, RefreshTokenFacts, number, Verdict]>([
    ['the current one, a millisecond younger than M', current, 1_000_000 + M - 1, accept(false, false)],
    ['the current one, as old as M', current, 1_000_000 + M, accept(false, true)],
    ['its child, a millisecond younger than M', next, 3_000_000 + M - 1, accept(false, false)],
    ['its child, as old as M', next, 3_000_000 + M, accept(true, true)],
    ['its child, from the future', next, 0, accept(false, false)],
    ['the previous one, at the end of S', previous, 2_000_000 + S, { kind: 'superseded' }],
    ['the previous one, a millisecond after S', previous, 2_000_000 + S + 1, { kind: 'theft' }],
    ['a sibling of the current one', { ...current, nonce: nonce(9) }, 2_000_000, { kind: 'theft' }],
    ['a sibling of the previous one', { ...previous, nonce: nonce(9) }, 2_000_000, { kind: 'theft' }],
    ['two generations back', { ...previous, generation: 3, nonce: nonce(3) }, 2_000_000, { kind: 'theft' }],
    ['a child of somebody else', { ...next, parentNonce: nonce(9) }, 4_000_000, { kind: 'ahead' }],
    ['two generations ahead', child(next, nonce(7), 4_000_000), 4_500_000, { kind: 'ahead' }],
    ['the current one at the idle end', current, 10_000_000, { kind: 'over' }],
  ])('%s', (_name, token, now, verdict) => {
    expect(judge(row, token, now, policy)).toEqual(verdict);
  });

  test.each<[string, RefreshState | undefined]>([
    ['gone', undefined],
    ['ended', { ...row, endedAt: 2_500_000 }],
    ['past its idle end', { ...row, idleExpiresAt: 2_600_000 }],
    ['past its absolute end', { ...row, expiresAt: 2_600_000 }],
  ])('no token of a session that is %s is anything but over', (_name, over) => {
    const tokens = [current, previous, next, child(next, nonce(7), 0), { ...current, nonce: nonce(9) }];
    for (const token of tokens) expect(judge(over, token, 2_600_000, policy)).toEqual({ kind: 'over' });
  });

  test('a session that was never refreshed has no previous token', () => {
    const first = { ...row, generation: 0, nonce: nonce(1), previousNonce: null, promotedAt: null };
    const stranger = { ...current, generation: 0, nonce: NO_PARENT, parentNonce: NO_PARENT };
    expect(judge(first, stranger, 0, policy)).toEqual({ kind: 'theft' });
  });

  test('to judge a row after its promotion gives the same answer, and ends what the promotion replaced', () => {
    fc.assert(
      fc.property(fc.nat(5_000_000), fc.nat(S), (later, since) => {
        const now = 3_000_000 + M + later;
        const promoted = promote(row, next, now);
        const living = { ...promoted, idleExpiresAt: Infinity, expiresAt: Infinity };
        expect(judge(living, next, now, policy)).toEqual(accept(false, true));
        expect(judge(living, current, now + since, policy)).toEqual({ kind: 'superseded' });
        expect(judge(living, current, now + S + 1, policy)).toEqual({ kind: 'theft' });
        expect(judge(living, previous, now + since, policy)).toEqual({ kind: 'theft' });
        expect(judge(living, child(current, nonce(9), 0), now, policy)).toEqual({ kind: 'theft' });
      }),
    );
  });

  test('a row that has adopted the parent of a token takes that token as a child of the current one', () => {
    const ahead = child(next, nonce(7), 3_000_000);
    const adopted = adopt(row, ahead);
    expect(adopted).toMatchObject({ generation: 6, nonce: nonce(6), previousNonce: null });
    expect(judge(adopted, ahead, 3_000_000, policy)).toEqual(accept(false, false));
    expect(judge(adopted, ahead, 3_000_000 + M, policy)).toEqual(accept(true, true));
    expect(judge(adopted, next, 3_000_000 + M, policy)).toEqual(accept(false, true));
  });
});
