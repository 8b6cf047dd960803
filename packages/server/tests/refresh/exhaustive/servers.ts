import { adoptParent, decideOn, judgeAtOnce, refuse, settle } from './judging.ts';
import type { Judgement } from './judging.ts';
import type { Emit } from './moves.ts';
import { changed, lost, without } from './requests.ts';
import type { Setting } from './setting.ts';
import type { Request, State } from './state.ts';

/** What the servers may do: one refresh from its beginning to its end, or, where there are two, one step of it. */
export function moveServers(setting: Setting, state: State, emit: Emit): void {
  const { features } = setting;
  state.requests.forEach((request, i) => {
    const { stage } = request;
    if (stage === 'answered' || stage === 'gone') return;
    if (stage !== 'sent' || isNext(setting, state, i)) step(setting, state, i, request, emit);
    // Several at one moment are one crash that takes them all.
    if (stage !== 'sent' && features.has('server crash')) {
      emit({ ...state, requests: lost(state.requests, i) }, 'a server is killed with', request.token);
    }
  });
}

/** Whether a request is the first on its way. The connections of a browser that was killed are not those of the next. */
function isNext({ features }: Setting, { requests }: State, i: number): boolean {
  if (features.has('reordering')) return true;
  const isForgotten = requests[i]?.isForgotten;
  return requests.findIndex((other) => other.stage === 'sent' && other.isForgotten === isForgotten) === i;
}

function step(setting: Setting, state: State, i: number, request: Request, emit: Emit): void {
  const goOn = (stage: Request['stage'], what: string, next = state, seen?: Request['seen']): void =>
    emit({ ...next, requests: changed(state.requests, i, { ...request, stage, seen }) }, what, request.token);
  const answer = (judgement: Judgement): void => emitAnswer(setting, state, i, judgement, emit);
  const verdict = decideOn(setting, state, request.token);

  switch (request.stage) {
    case 'sent':
      if (!setting.features.has('two servers')) answer(judgeAtOnce(setting, state, request.token, 'person'));
      else if (verdict.kind === 'accept') answer(settle(setting, state, request.token, 'person', verdict));
      else goOn('missed', 'the UPDATE does not match');
      break;
    case 'missed':
      if (verdict.kind === 'accept') goOn('sent', 'the row has moved on meanwhile for');
      else if (verdict.kind === 'theft') goOn('suspected', 'the row that was read says theft of');
      else if (verdict.kind === 'ahead' && setting.features.has('restore'))
        goOn('ahead', 'the row that was read is behind', state, state.row);
      else answer(refuse(setting, state, 'person', verdict.kind));
      break;
    case 'suspected':
      // Under the row's lock. Ended by another meanwhile: nothing to end, and it is judged again.
      if (verdict.kind !== 'theft') goOn('sent', 'the row is not what it was for');
      else answer(judgeAtOnce(setting, state, request.token, 'person'));
      break;
    case 'ahead':
      goOn(
        'sent',
        'recovery is tried for',
        isStill(state, request) ? adoptParent(state, request.token) : state,
      );
      break;
    case 'committed':
      goOn('answered', 'the server answers');
      break;
    case 'answered':
    case 'gone':
      break;
  }
}

function isStill({ row }: State, { seen }: Request): boolean {
  return (
    row.endedAt === null && row.generation === seen?.generation && Buffer.compare(row.nonce, seen.nonce) === 0
  );
}

/** An answer without a new token changes nothing in the browser. One that says that all is over ends the person's part. */
function emitAnswer(
  { features, times }: Setting,
  { now, requests }: State,
  i: number,
  { kind, state, minted, finding }: Judgement,
  emit: Emit,
): void {
  const request = requests[i];
  if (request === undefined) return;
  const isTaken = minted !== undefined && !request.isForgotten && now - request.sentAt <= times.storedWithin;
  const stage = features.has('server crash') ? 'committed' : 'answered';
  const next = {
    ...state,
    requests: isTaken
      ? changed(requests, i, { ...request, stage, minted, seen: undefined, isCopied: false })
      : without(requests, i),
    cookies: kind === 'accept' || kind === 'superseded' ? state.cookies : [],
  };
  emit(next, WHAT[kind], request.token, finding);
}

const WHAT = {
  accept: 'the server accepts',
  superseded: 'the server answers 409 to',
  ahead: 'the server finds ahead of its row',
  theft: 'the server takes for stolen',
  over: 'the server finds over',
} as const;
