import { adopt, child, promote } from '../../../src/domain/refresh.ts';
import type { Verdict } from '../../../src/domain/refresh.ts';
import type { Party } from '../model/server.ts';
import type { Setting } from './setting.ts';
import { MOST_OVERTURNED, nonceOf } from './state.ts';
import type { State, Token } from './state.ts';

/** What became of a token. */
export interface Judgement {
  readonly kind: Verdict['kind'];
  /** The state with the row as it is now, and what the observer makes of it. */
  readonly state: State;
  readonly minted: Token | undefined;
  /** What is wrong, in words. */
  readonly finding: string | undefined;
}

/** The whole of a refresh on a server that nobody gets in the way of. */
export function judgeAtOnce(setting: Setting, state: State, token: Token, party: Party): Judgement {
  const verdict = decideOn(setting, state, token);
  if (verdict.kind === 'ahead' && setting.features.has('restore')) {
    return judgeAtOnce(setting, adoptParent(state, token), token, party);
  }
  return verdict.kind === 'theft'
    ? refuse(setting, { ...state, row: { ...state.row, endedAt: state.now } }, party, 'theft')
    : settle(setting, state, token, party, verdict);
}

/** What the code decides about a token. */
export function decideOn({ decide, times }: Setting, { row, now }: State, token: Token): Verdict {
  return decide(row, token, now, times);
}

/** Writes what an accepted token changes; a verdict that changes nothing is answered. */
export function settle(
  setting: Setting,
  state: State,
  token: Token,
  party: Party,
  verdict: Verdict,
): Judgement {
  if (verdict.kind !== 'accept') return refuse(setting, state, party, verdict.kind);
  const { now, winner } = state;
  const row = verdict.promote ? promote(state.row, token, now) : state.row;
  const wins = verdict.promote && token.owner === party && winner === undefined;
  const minted = verdict.mint ? { ...child(token, nonceOf(state.nonces + 1), now), owner: party } : undefined;
  return {
    kind: 'accept',
    minted,
    state: {
      ...state,
      row,
      winner: wins ? { party, at: now } : winner,
      nonces: minted ? state.nonces + 1 : state.nonces,
    },
    finding: twoLives(state, party),
  };
}

/** Nobody is served after the other has won; a token ahead of a restored row may overturn that, but not for ever. */
function twoLives({ winner, overturned }: State, party: Party): string | undefined {
  if (winner !== undefined && winner.party !== party) return `two lives: the ${party} was served`;
  return overturned > MOST_OVERTURNED ? `two lives: overturned ${overturned} times` : undefined;
}

/** A refusal, which a person who is alone with their session must not get, and a theft must not be spared. */
export function refuse(
  { features, times }: Setting,
  state: State,
  party: Party,
  kind: Exclude<Verdict['kind'], 'accept'>,
): Judgement {
  const { winner, now } = state;
  // Only a restore puts a token ahead of its row.
  const isAllowed = kind === 'ahead' && features.has('restore without recovery');
  let finding = state.loot.length > 0 || isAllowed ? undefined : `a false refusal: ${kind}`;
  const isLate = winner !== undefined && winner.party !== party && now - winner.at > times.supersededWindow;
  if (isLate && kind === 'superseded') finding = 'a theft was not found';
  return { kind, state, minted: undefined, finding };
}

/** The row after a token that is ahead of it was believed. If somebody had won, that is overturned. */
export function adoptParent(state: State, token: Token): State {
  const overturned = state.winner === undefined ? state.overturned : state.overturned + 1;
  return { ...state, row: adopt(state.row, token), winner: undefined, overturned };
}
