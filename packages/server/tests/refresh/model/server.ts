import { child, judge, promote } from '../../../src/domain/refresh.ts';
import type { RefreshPolicy, RefreshState, RefreshTokenFacts, Verdict } from '../../../src/domain/refresh.ts';
import { NO_PARENT } from '../../../src/domain/refresh-token.ts';

/** Whose request it is. The server does not know; the observer does. */
export type Party = 'person' | 'thief';

/** The decision under test: `judge`, or something worse that the properties must find out. */
export type Decide = typeof judge;

/** What comes back to whoever asked. */
export interface Answer {
  readonly kind: Verdict['kind'];
  /** The new refresh token, where there is one. */
  readonly child: RefreshTokenFacts | undefined;
}

/** Something that the server did, for the observer. */
export interface Judgement extends Answer {
  readonly at: number;
  readonly party: Party;
  readonly token: RefreshTokenFacts;
  readonly promoted: boolean;
}

/** A server with one session, whose row is judged and changed by the code's own functions and nothing else. */
export interface SimulatedServer {
  /** The refresh token of the login. */
  readonly first: RefreshTokenFacts;
  refresh(token: RefreshTokenFacts, party: Party, now: number): Answer;
  /** Everything that was judged, in order. */
  readonly judgements: readonly Judgement[];
}

/** A session that was just opened, at 0. */
export function createSimulatedServer(policy: RefreshPolicy, decide: Decide = judge): SimulatedServer {
  let nonces = 0;
  const nonce = (): Uint8Array => {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setUint32(0, ++nonces);
    return bytes;
  };
  const first = { sessionId: 'session', generation: 0, nonce: nonce(), parentNonce: NO_PARENT, issuedAt: 0 };
  let row: RefreshState = {
    generation: 0,
    nonce: first.nonce,
    previousNonce: null,
    promotedAt: null,
    endedAt: null,
    idleExpiresAt: Number.POSITIVE_INFINITY,
    expiresAt: Number.POSITIVE_INFINITY,
  };
  const judgements: Judgement[] = [];

  return {
    first,
    judgements,
    refresh(token, party, now) {
      const verdict = decide(row, token, now, policy);
      const promoted = verdict.kind === 'accept' && verdict.promote;
      if (promoted) row = promote(row, token, now);
      if (verdict.kind === 'theft') row = { ...row, endedAt: now };
      const minted = verdict.kind === 'accept' && verdict.mint ? child(token, nonce(), now) : undefined;
      judgements.push({ at: now, party, token, promoted, kind: verdict.kind, child: minted });
      return { kind: verdict.kind, child: minted };
    },
  };
}
