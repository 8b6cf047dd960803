import type { RefreshState, RefreshTokenFacts } from '../../../src/domain/refresh.ts';
import type { Party } from '../model/server.ts';

/** A refresh token, and who holds it or an heir of it: the observer knows, the server does not. */
export interface Token extends RefreshTokenFacts {
  readonly owner: Party | 'both';
}

/** How far a request is. Each is one step of `refresh` in src/domain/sessions.ts. */
export type Stage =
  /** On its way to the server. */
  | 'sent'
  /** The UPDATE found nothing; the row is read next. */
  | 'missed'
  /** The row that was read says theft; it is judged once more under its lock next. */
  | 'suspected'
  /** The row that was read is behind the token, and recovery is open; the parent is adopted next. */
  | 'ahead'
  /** Committed; the answer has not left. */
  | 'committed'
  /** The answer is on its way to the browser. */
  | 'answered'
  /** Lost, which whoever waits for it does not know. */
  | 'gone';

/** A request of the person. */
export interface Request {
  readonly token: Token;
  readonly sentAt: number;
  readonly stage: Stage;
  /** The new token, where there is an answer. */
  readonly minted: Token | undefined;
  /** The row that was read, in the stage `ahead`. */
  readonly seen: Pick<RefreshState, 'generation' | 'nonce'> | undefined;
  /** A tab waits for it, and has the lock. */
  readonly isAwaited: boolean;
  /** Nobody takes the answer any more. */
  readonly isForgotten: boolean;
  /** It was sent twice, and is one of the two. */
  readonly isCopied: boolean;
}

/** A refresh cookie, and when it was stored. */
export interface Cookie {
  readonly token: Token;
  readonly at: number;
}

/** Everything, at one moment. */
export interface State {
  readonly now: number;
  readonly row: RefreshState;
  /** The refresh cookie of the browser is the last one; before it what a killed browser may find. */
  readonly cookies: readonly Cookie[];
  /** In the order of their sending. */
  readonly requests: readonly Request[];
  /** What the thief holds. */
  readonly loot: readonly Token[];
  /** How often the thief may copy the cookies yet. */
  readonly thefts: number;
  /** What the database may be set back to. */
  readonly backup: RefreshState | undefined;
  readonly restore: 'ahead of us' | 'behind us';
  /** Who has had a token promoted that the other does not hold, and when first. */
  readonly winner: { readonly party: Party; readonly at: number } | undefined;
  /** How often the other was believed all the same, for a token ahead of a restored row. */
  readonly overturned: number;
  /** Nonces up to this one may be in use. */
  readonly nonces: number;
}

/** The nonce of a number. They are as long as they need be to be told apart; 0 is that of nobody. */
export const NONCES: readonly Uint8Array[] = Array.from({ length: 256 }, (_, i) => Uint8Array.of(i));

/** How often the thief copies the cookies, and how many tokens the thief keeps. */
export const COPIES = 2;

/** How many promotions the backup lies behind, at most. */
export const BACKUP_DEPTH = 3;

/** How often it may be overturned who has won. */
export const MOST_OVERTURNED = 2;

/** A session that was just opened. */
export function openedSession(): State {
  const first: Token = {
    sessionId: 'session',
    generation: 0,
    nonce: nonceOf(1),
    parentNonce: nonceOf(0),
    issuedAt: 0,
    owner: 'person',
  };
  return {
    now: 0,
    row: rowOf(0, first.nonce, null, null, null),
    cookies: [{ token: first, at: 0 }],
    requests: [],
    loot: [],
    thefts: COPIES,
    backup: undefined,
    restore: 'ahead of us',
    winner: undefined,
    overturned: 0,
    nonces: 1,
  };
}

/** A session's row that no time ends. */
export function rowOf(
  generation: number,
  nonce: Uint8Array,
  previousNonce: Uint8Array | null,
  promotedAt: number | null,
  endedAt: number | null,
): RefreshState {
  const never = Number.POSITIVE_INFINITY;
  return { generation, nonce, previousNonce, promotedAt, endedAt, idleExpiresAt: never, expiresAt: never };
}

/** The nonce of a number. */
export function nonceOf(number: number): Uint8Array {
  const nonce = NONCES[number];
  if (nonce === undefined) throw new RangeError('The state holds too many nonces.');
  return nonce;
}

/** The browser's refresh cookie. */
export function jarOf(state: State): Token | undefined {
  return state.cookies.at(-1)?.token;
}
