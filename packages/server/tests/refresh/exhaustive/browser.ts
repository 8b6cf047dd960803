import type { Emit } from './moves.ts';
import { changed, without } from './requests.ts';
import type { Setting } from './setting.ts';
import { jarOf } from './state.ts';
import type { Cookie, Request, State } from './state.ts';

/** What the person's browser may do: tabs over one cookie jar, which obey docs/refresh-protocol.md. */
export function moveBrowser(setting: Setting, state: State, emit: Emit): void {
  send(setting, state, emit);
  state.requests.forEach((request, i) => {
    if (request.isAwaited) giveUp(setting, state, i, request, emit);
    if (request.stage === 'answered') store(setting, state, i, request, emit);
  });
  if (setting.features.has('browser crash')) crash(setting, state, emit);
}

/** A tab asks. Without the lock it may be any tab, or one that has given up or was loaded anew. */
function send({ isLocked, features }: Setting, state: State, emit: Emit): void {
  const { requests, now } = state;
  const token = jarOf(state);
  if (token === undefined || requests.length >= (features.has('four in flight') ? 4 : 2)) return;
  if (requests.some(({ isAwaited }) => isAwaited)) return;
  const request: Request = {
    token,
    sentAt: now,
    stage: 'sent',
    minted: undefined,
    seen: undefined,
    isAwaited: isLocked,
    isForgotten: false,
    isCopied: false,
  };
  emit({ ...state, requests: [...requests, request] }, 'a tab sends', token);
}

/** The time is out, and the lock is free. If the browser may still store the cookie, it may still come. */
function giveUp({ times }: Setting, state: State, i: number, request: Request, emit: Emit): void {
  const { clientTimeout, storedWithin } = times;
  if (state.now - request.sentAt < clientTimeout) return;
  const isForgotten = storedWithin <= clientTimeout;
  const isOver = request.stage === 'gone' || (isForgotten && request.stage === 'answered');
  const requests = isOver
    ? without(state.requests, i)
    : changed(state.requests, i, { ...request, isAwaited: false, isForgotten });
  emit({ ...state, requests }, 'a tab gives up', request.token);
}

/** An answer arrives: of those that are on their way the first, where the order is kept. */
function store({ features }: Setting, state: State, i: number, { minted }: Request, emit: Emit): void {
  const isFirst = state.requests.findIndex(({ stage }) => stage === 'answered') === i;
  if (minted === undefined || !(isFirst || features.has('reordering'))) return;
  const cookies = [...state.cookies, { token: minted, at: state.now }];
  emit({ ...state, cookies, requests: without(state.requests, i) }, 'the browser stores', minted);
}

/** The browser is killed. What is on its way to the server gets there; the cookies are those of some ticks ago. */
function crash(setting: Setting, state: State, emit: Emit): void {
  const requests = state.requests
    .filter(({ stage }) => stage !== 'committed' && stage !== 'answered' && stage !== 'gone')
    .map((request) => ({ ...request, isAwaited: false, isForgotten: true }));
  const found = remembered(setting, state);
  for (let length = state.cookies.length - found.length + 1; length <= state.cookies.length; length++) {
    const cookies = state.cookies.slice(0, length);
    emit({ ...state, cookies, requests }, 'the browser is killed, and finds', cookies.at(-1)?.token);
  }
}

/** The cookies that a browser may find that is killed now: the one it has, and those it had that many ticks ago. */
export function remembered({ times, features }: Setting, { cookies, now }: State): readonly Cookie[] {
  if (!features.has('browser crash')) return cookies.slice(-1);
  const first = cookies.findIndex((_, i) => {
    const next = cookies[i + 1];
    return next === undefined || now - next.at <= times.forgotten;
  });
  return cookies.slice(first);
}
