import { isOver, judge, promote } from '../../src/domain/refresh.ts';
import type { RefreshPolicy, RefreshState, RefreshTokenFacts } from '../../src/domain/refresh.ts';
import type { Specification } from './checker.ts';

/** What is asked of an account with some sessions. Moments are milliseconds by the database's clock. */
export type Call =
  | { readonly kind: 'refresh'; readonly token: RefreshTokenFacts; readonly at: number }
  | { readonly kind: 'read' | 'logout'; readonly sessionId: string; readonly at: number }
  | { readonly kind: 'disable'; readonly at: number };

/** What comes back, as far as it says something of the account. */
export type Result =
  | { readonly kind: 'served'; readonly minted: RefreshTokenFacts | undefined }
  | { readonly kind: 'superseded' | 'over' | 'alive' | 'done' }
  /** Nothing was done, and nobody is logged out: to be asked again. */
  | { readonly kind: 'busy' };

/** A person's sessions, as their rows are, and whether the person was disabled. */
export interface Account {
  readonly rows: ReadonlyMap<string, RefreshState>;
  readonly isDisabled: boolean;
}

/**
 * What an account does when nothing happens at once: the code's own decision, and nothing beside it.
 *
 * An operation's moment is that of its call, so that the ages of tokens must keep clear of the policy's limits by more
 * than an operation takes.
 */
export function accountSpecification(
  initial: Account,
  policy: RefreshPolicy,
): Specification<Account, Call, Result> {
  return {
    initial,
    step: (account, call, result) => {
      if (result.kind === 'busy') return account;
      switch (call.kind) {
        case 'refresh':
          return refresh(account, call.token, call.at, result, policy);
        case 'read':
          return result.kind === (isAlive(account, call) ? 'alive' : 'over') ? account : undefined;
        case 'logout':
          return isAlive(account, call) ? end(account, call.sessionId, call.at) : account;
        case 'disable':
          return {
            ...[...account.rows.keys()].reduce((all, id) => end(all, id, call.at), account),
            isDisabled: true,
          };
      }
    },
    key: ({ rows, isDisabled }) =>
      [...rows].map(([, row]) => keyOf(row)).join(' ') + (isDisabled ? ' disabled' : ''),
  };
}

/** An account with sessions that were just opened, by their first tokens. */
export function openedAccount(tokens: readonly RefreshTokenFacts[]): Account {
  const never = Number.POSITIVE_INFINITY;
  const rows = tokens.map(({ sessionId, generation, nonce }): [string, RefreshState] => [
    sessionId,
    {
      ...{ generation, nonce, previousNonce: null, promotedAt: null, endedAt: null },
      ...{ idleExpiresAt: never, expiresAt: never },
    },
  ]);
  return { rows: new Map(rows), isDisabled: false };
}

function refresh(
  account: Account,
  token: RefreshTokenFacts,
  now: number,
  result: Result,
  policy: RefreshPolicy,
): Account | undefined {
  const row = account.isDisabled ? undefined : account.rows.get(token.sessionId);
  const verdict = judge(row, token, now, policy);
  switch (verdict.kind) {
    case 'accept':
      if (result.kind !== 'served' || row === undefined) return undefined;
      if (verdict.mint ? !isChild(result.minted, token) : result.minted !== undefined) return undefined;
      return verdict.promote ? withRow(account, token.sessionId, promote(row, token, now)) : account;
    case 'superseded':
      return result.kind === 'superseded' ? account : undefined;
    case 'theft':
      return result.kind === 'over' ? end(account, token.sessionId, now) : undefined;
    case 'ahead':
    case 'over':
      return result.kind === 'over' ? account : undefined;
  }
}

function isChild(minted: RefreshTokenFacts | undefined, parent: RefreshTokenFacts): boolean {
  return (
    minted?.sessionId === parent.sessionId &&
    minted.generation === parent.generation + 1 &&
    Buffer.compare(minted.parentNonce, parent.nonce) === 0
  );
}

function isAlive(
  { rows, isDisabled }: Account,
  { sessionId, at }: { sessionId: string; at: number },
): boolean {
  const row = rows.get(sessionId);
  return !isDisabled && row !== undefined && !isOver(row, at);
}

function end(account: Account, sessionId: string, now: number): Account {
  const row = account.rows.get(sessionId);
  return row?.endedAt === null ? withRow(account, sessionId, { ...row, endedAt: now }) : account;
}

function withRow(account: Account, sessionId: string, row: RefreshState): Account {
  return { ...account, rows: new Map(account.rows).set(sessionId, row) };
}

function keyOf({ generation, nonce, previousNonce, promotedAt, endedAt }: RefreshState): string {
  if (endedAt !== null) return 'ended';
  const hex = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('hex');
  return [generation, hex(nonce), hex(previousNonce), promotedAt].join('/');
}
