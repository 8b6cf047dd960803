import type { Emit } from './moves.ts';
import { lost } from './requests.ts';
import type { Setting } from './setting.ts';
import type { State } from './state.ts';

/** What the network may do: lose something, or send it twice. It delays by doing nothing. */
export function moveNetwork({ features }: Setting, state: State, emit: Emit): void {
  const { requests } = state;
  requests.forEach((request, i) => {
    const { stage, token } = request;
    if (features.has('loss') && (stage === 'sent' || stage === 'answered')) {
      emit({ ...state, requests: lost(requests, i) }, 'the network loses', token);
    }
    const isRoom = requests.length < (features.has('four in flight') ? 4 : 2);
    if (features.has('retries') && stage === 'sent' && isRoom && !request.isCopied) {
      const copy = { ...request, isCopied: true };
      const both = requests.toSpliced(i, 1, copy, { ...copy, isAwaited: false });
      emit({ ...state, requests: both }, 'something sends again', token);
    }
  });
}
