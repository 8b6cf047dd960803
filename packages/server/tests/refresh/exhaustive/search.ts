import { Encoder, decode } from './encoding.ts';
import { move } from './moves.ts';
import type { Setting } from './setting.ts';
import { openedSession } from './state.ts';
import { StateSet } from './state-set.ts';
import { retell } from './trace.ts';

/** What a search has found. */
export interface Search {
  readonly states: number;
  /** The most steps from the beginning to any state. */
  readonly depth: number;
  readonly seconds: number;
  /** Every kind of step that was taken, in words. */
  readonly steps: ReadonlySet<string>;
  /** What is wrong, with how it came about in as few steps as can be; undefined where nothing is. */
  readonly fault: string | undefined;
}

/** Visits every state that can be reached, nearest first, until one of them has a fault. */
export function search(setting: Setting, most = 30_000_000): Search {
  const begin = performance.now();
  const encoder = new Encoder(setting);
  const states = new StateSet();
  const steps = new Set<string>();
  let depth = 0;
  let fault: string | undefined;
  encoder.write(openedSession());
  states.add(encoder.bytes, encoder.length, -1);

  let levelEnd = states.count;
  for (let index = 0; index < states.count && fault === undefined; index++) {
    if (index === levelEnd) {
      levelEnd = states.count;
      depth++;
    }
    move(setting, decode(states.bytes, states.start(index)), (next, what, _token, finding) => {
      if (fault !== undefined) return;
      steps.add(what);
      encoder.write(next);
      states.add(encoder.bytes, encoder.length, index);
      if (finding !== undefined) fault = retell(setting, states, index, finding);
    });
    if (states.count > most) throw new RangeError(`There are more than ${most} states.`);
  }
  const seconds = (performance.now() - begin) / 1000;
  return { states: states.count, depth, seconds, steps, fault };
}
