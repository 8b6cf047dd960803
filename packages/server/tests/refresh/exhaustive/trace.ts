import { decode, encodingOf } from './encoding.ts';
import { move } from './moves.ts';
import type { Setting } from './setting.ts';
import { openedSession } from './state.ts';
import type { State, Token } from './state.ts';
import type { StateSet } from './state-set.ts';

/** How a state came about and what is wrong with a step from it, a line a step: with moments, and the tokens by names. */
export function retell(setting: Setting, states: StateSet, last: number, finding: string): string {
  const path: number[] = [];
  for (let index = last; index > 0; index = states.parent(index)) path.unshift(index);
  const lines: string[] = [];
  let state = openedSession();
  // The steps are taken once more, from the beginning and with moments and nonces as they are.
  for (const index of path) {
    const wanted = encodingOf(setting, decode(states.bytes, states.start(index)));
    const step = stepsFrom(setting, state).find(({ next }) => encodingOf(setting, next) === wanted);
    if (step === undefined) return `${finding}\n(This run cannot be retold.)`;
    lines.push(...step.lines);
    state = step.next;
  }
  const wrong = stepsFrom(setting, state).find((step) => step.finding === finding);
  return [finding, ...lines, ...(wrong?.lines ?? [])].join('\n');
}

interface Step {
  readonly next: State;
  readonly lines: readonly string[];
  readonly finding: string | undefined;
}

function stepsFrom(setting: Setting, state: State): Step[] {
  const steps: Step[] = [];
  move(setting, state, (next, what, token, finding) => {
    const minted = next.nonces > state.nonces ? `, and makes t${next.nonces}` : '';
    const lines = token === undefined ? [] : [`${state.now}: ${what} ${nameOf(token)}${minted}`];
    if (next.now === state.now && token === undefined) lines.push(`${state.now}: ${what}`);
    steps.push({ next, lines, finding });
  });
  return steps;
}

function nameOf({ nonce, generation }: Token): string {
  return `t${nonce[0] ?? 0} (${generation})`;
}
