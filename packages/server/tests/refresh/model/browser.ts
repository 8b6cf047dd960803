import type { RefreshTokenFacts } from '../../../src/domain/refresh.ts';
import type { Network } from './network.ts';
import type { Fate, ModelTimes } from './schedules.ts';
import type { Timeline } from './timeline.ts';

/** The person's browser: tabs over one cookie jar. */
export interface Browser {
  /** The refresh cookie. */
  jar(): RefreshTokenFacts;
  /** A tab refreshes; it asks again at once for each further fate. */
  refresh(fates: readonly Fate[]): void;
  /** Everything under way is gone, and so are the cookies of the last `rollback` ticks. */
  crash(rollback: number): void;
  /** How often the page asked the person to log in while the server had not said that the session is over. */
  loginsAsked(): number;
}

/** Every answer comes at once. */
export const PROMPT: Fate = { judged: 0, copy: undefined, answered: 0, lost: 'nothing', patience: 1 };

/** A browser whose tabs obey docs/refresh-protocol.md. */
export function createBrowser(
  timeline: Timeline,
  network: Network,
  times: ModelTimes,
  options: { readonly first: RefreshTokenFacts; readonly locked: boolean },
): Browser {
  let cookies = [{ at: 0, token: options.first }];
  let waiting: (() => void)[] = [];
  let isLocked = false;
  let lives = 0;
  let loginsAsked = 0;
  const jar = (): RefreshTokenFacts => cookies.at(-1)?.token ?? options.first;

  function withLock(task: () => void): void {
    if (!options.locked) task();
    else if (isLocked) waiting.push(task);
    else {
      isLocked = true;
      task();
    }
  }

  function release(): void {
    if (!options.locked) return;
    isLocked = false;
    const next = waiting.shift();
    if (next !== undefined) withLock(next);
  }

  function attempt([fate, ...others]: readonly Fate[], isLast: boolean): void {
    if (fate === undefined) {
      release();
      return;
    }
    const life = lives;
    const sent = jar();
    let isWaiting = true;
    network.send(sent, 'person', fate, (answer) => {
      if (life !== lives) return;
      // The browser stores a cookie, whether or not the page still waits for the answer.
      if (answer.child !== undefined) cookies.push({ at: timeline.now(), token: answer.child });
      if (!isWaiting) return;
      isWaiting = false;
      release();
      if (answer.kind !== 'superseded' || jar() !== sent) return;
      if (isLast) loginsAsked++;
      else wait(others, life);
    });
    timeline.plan(timeline.now() + Math.min(fate.patience, times.clientTimeout), 'give up', () => {
      if (!isWaiting || life !== lives) return;
      isWaiting = false;
      attempt(others, isLast);
    });
  }

  // The answer, and the request after it, have taken some time as well: the one more try comes after S.
  function wait(fates: readonly Fate[], life: number): void {
    timeline.plan(timeline.now() + times.supersededWindow + 1, 'send', () => {
      if (life === lives) withLock(() => attempt(fates.length > 0 ? fates : [PROMPT], true));
    });
  }

  return {
    jar,
    refresh: (fates) => withLock(() => attempt(fates, false)),
    crash(rollback) {
      lives++;
      isLocked = false;
      waiting = [];
      const moment = timeline.now() - rollback;
      cookies = cookies.filter(({ at }, i) => i === 0 || at <= moment);
    },
    loginsAsked: () => loginsAsked,
  };
}
