import type { Session } from './session.ts';

/** What a refresh token says of itself, once its HMAC was found right. */
export interface RefreshTokenFacts {
  readonly sessionId: string;
  readonly generation: number;
  /** 16 bytes. */
  readonly nonce: Uint8Array;
  /** The nonce of the token that it was minted from; zeros in the first of a session. */
  readonly parentNonce: Uint8Array;
  /** Milliseconds since the Unix epoch, by the database's clock. */
  readonly issuedAt: number;
}

/** The times of the refresh protocol, in milliseconds. */
export interface RefreshPolicy {
  /** M: a token younger than this is not replaced. */
  readonly minimumAge: number;
  /** S: how long the token before the current one is told that it is superseded rather than stolen. */
  readonly supersededWindow: number;
}

/** What the server makes of a refresh token. */
export type Verdict =
  /** Answer with an access token; first make the token the current one if `promote`; add a child of it if `mint`. */
  | { readonly kind: 'accept'; readonly promote: boolean; readonly mint: boolean }
  /** 409: somebody with the same session has moved on, a moment ago. */
  | { readonly kind: 'superseded' }
  /** Newer than the row: the database was restored from a backup, or somebody holds the secret. */
  | { readonly kind: 'ahead' }
  /** Two parties hold this session. */
  | { readonly kind: 'theft' }
  /** Ended, expired, or never here. */
  | { readonly kind: 'over' };

/** The part of a session's row that the decision reads. */
export type RefreshState = Pick<
  Session,
  'generation' | 'nonce' | 'previousNonce' | 'promotedAt' | 'endedAt' | 'idleExpiresAt' | 'expiresAt'
>;

/**
 * Decides what a refresh token of a session is worth, at the moment `now` (milliseconds, the database's clock).
 *
 * This is the table of docs/refresh-protocol.md, from the top. The store's UPDATE matches and promotes exactly what
 * this accepts, and the row it leaves is judged here again: to judge a row after its promotion gives the same answer.
 * Not checked here: the token's HMAC, and whether the user is active (the session of one who is not is handed in as undefined).
 */
export function judge(
  row: RefreshState | undefined,
  token: RefreshTokenFacts,
  now: number,
  policy: RefreshPolicy,
): Verdict {
  if (row === undefined || isOver(row, now)) return { kind: 'over' };
  const mature = now - token.issuedAt >= policy.minimumAge;
  const lead = token.generation - row.generation;
  if (lead === 0 && sameNonce(token.nonce, row.nonce))
    return { kind: 'accept', promote: false, mint: mature };
  if (lead === 1 && sameNonce(token.parentNonce, row.nonce)) {
    return { kind: 'accept', promote: mature, mint: mature };
  }
  if (lead >= 1) return { kind: 'ahead' };
  if (lead === -1 && row.previousNonce !== null && sameNonce(token.nonce, row.previousNonce)) {
    const since = now - (row.promotedAt ?? 0);
    return since <= policy.supersededWindow ? { kind: 'superseded' } : { kind: 'theft' };
  }
  return { kind: 'theft' };
}

/** Whether a session is over: ended, or past its idle or absolute end. */
export function isOver(row: Pick<Session, 'endedAt' | 'idleExpiresAt' | 'expiresAt'>, now: number): boolean {
  return row.endedAt !== null || now >= row.idleExpiresAt || now >= row.expiresAt;
}

/** The row after a child of its current token took that token's place. */
export function promote<Row extends RefreshState>(row: Row, token: RefreshTokenFacts, now: number): Row {
  return {
    ...row,
    generation: token.generation,
    nonce: token.nonce,
    previousNonce: row.nonce,
    promotedAt: now,
  };
}

/** The row after a token that is ahead of it was believed: the token's parent is the current one. */
export function adopt<Row extends RefreshState>(row: Row, token: RefreshTokenFacts): Row {
  return {
    ...row,
    generation: token.generation - 1,
    nonce: token.parentNonce,
    previousNonce: null,
    promotedAt: null,
  };
}

/** A child of a token: the next generation, a nonce of its own, its parent's nonce. */
export function child(token: RefreshTokenFacts, nonce: Uint8Array, now: number): RefreshTokenFacts {
  return {
    sessionId: token.sessionId,
    generation: token.generation + 1,
    nonce,
    parentNonce: token.nonce,
    issuedAt: now,
  };
}

// Nonces are no secrets to the holder of a token with a right HMAC, so this need not take constant time.
function sameNonce(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
