import type { Request } from './state.ts';

/** The requests with one of them changed. */
export function changed(requests: readonly Request[], at: number, request: Request): Request[] {
  return requests.map((other, i) => (i === at ? request : other));
}

/** The requests but for one. */
export function without(requests: readonly Request[], at: number): Request[] {
  return requests.filter((_, i) => i !== at);
}

/** The requests after one of them was lost: whoever waits for it waits on. */
export function lost(requests: readonly Request[], at: number): Request[] {
  return requests.flatMap((request, i) => {
    if (i !== at) return request;
    return request.isAwaited ? { ...request, stage: 'gone', minted: undefined, seen: undefined } : [];
  });
}
