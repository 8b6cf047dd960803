import { judgeAtOnce } from './judging.ts';
import type { Emit } from './moves.ts';
import type { Setting } from './setting.ts';
import { COPIES, jarOf } from './state.ts';
import type { Request, State, Token } from './state.ts';

/** What the thief may do: copy the cookies, and use any token of theirs at any time; to use it late is to use it later. */
export function moveThief(setting: Setting, state: State, emit: Emit): void {
  steal(state, emit);
  state.loot.forEach((token) => {
    const { kind, state: next, minted, finding } = judgeAtOnce(setting, state, token, 'thief');
    if (minted === undefined) {
      emit(next, kind === 'accept' ? 'the thief uses' : 'the server refuses the thief with', token, finding);
      return;
    }
    // The answer is lost, or kept beside what there is, or in the place of either.
    emit(next, 'the thief uses, and loses the answer to', token, finding);
    for (const loot of kept(state.loot, minted)) {
      emit({ ...next, loot }, 'the thief uses, and has another after', token, finding);
    }
  });
}

/** The thief copies the cookies: what is in them, and what came before it, is nobody's own any more. */
function steal(state: State, emit: Emit): void {
  const stolen = jarOf(state);
  if (state.thefts === 0 || stolen === undefined) return;
  const shared = <Held extends Token | undefined>(token: Held): Held =>
    token !== undefined && isNoLater(token, stolen) ? { ...token, owner: 'both' } : token;
  const share = (request: Request): Request => ({
    ...request,
    token: shared(request.token),
    minted: shared(request.minted),
  });
  const next = {
    ...state,
    thefts: state.thefts - 1,
    requests: state.requests.map(share),
    cookies: state.cookies.map(({ token, at }) => ({ token: shared(token), at })),
    // What the person has won is the thief's as well.
    winner: state.winner?.party === 'thief' ? state.winner : undefined,
  };
  for (const loot of kept(state.loot.map(shared), shared(stolen)))
    emit({ ...next, loot }, 'the thief copies', stolen);
}

function isNoLater(token: Token, stolen: Token): boolean {
  return token.generation < stolen.generation || Buffer.compare(token.nonce, stolen.nonce) === 0;
}

function kept(loot: readonly Token[], token: Token): (readonly Token[])[] {
  return loot.length < COPIES ? [[...loot, token]] : loot.map((_, i) => loot.with(i, token));
}
