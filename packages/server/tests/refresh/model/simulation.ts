import { createBrowser, PROMPT } from './browser.ts';
import { createNetwork } from './network.ts';
import type { ModelTimes, Schedule } from './schedules.ts';
import { createSimulatedServer } from './server.ts';
import type { Decide, Judgement } from './server.ts';
import { createTimeline } from './timeline.ts';
import type { RefreshTokenFacts } from '../../../src/domain/refresh.ts';

/** What a run showed. */
export interface Run {
  readonly judgements: readonly Judgement[];
  /** The token that the thief copied. */
  readonly stolen: RefreshTokenFacts | undefined;
  readonly loginsAsked: number;
}

/** How often everybody uses what they have when a schedule is through, so that nothing stays unseen. */
const LAST_USES = 4;

/** Plays a schedule to its end, and then lets everybody go on for a while over a good network. */
export function simulate(times: ModelTimes, schedule: Schedule, decide?: Decide): Run {
  const timeline = createTimeline();
  const server = createSimulatedServer(times, decide);
  const network = createNetwork(timeline, server, times);
  const browser = createBrowser(timeline, network, times, { first: server.first, locked: schedule.locked });
  const loot: RefreshTokenFacts[] = [];
  let stolen: RefreshTokenFacts | undefined;

  const abuse = (back: number, fate = PROMPT): void => {
    const token = loot.at(-1 - Math.min(back, loot.length - 1));
    if (token === undefined) return;
    network.send(token, 'thief', fate, (answer) => {
      if (answer.child !== undefined) loot.push(answer.child);
    });
  };

  let at = 0;
  for (const act of schedule.acts) {
    at += act.after;
    timeline.plan(at, 'send', () => {
      switch (act.kind) {
        case 'refresh':
          browser.refresh(act.fates);
          break;
        case 'crash':
          browser.crash(act.rollback);
          break;
        case 'steal':
          loot.push((stolen = browser.jar()));
          break;
        case 'abuse':
          abuse(act.back, act.fate);
          break;
      }
    });
  }
  for (let use = 1; use <= LAST_USES; use++) {
    const pause = times.minimumAge + times.supersededWindow + times.judgedWithin + 1;
    timeline.plan(at + use * pause, 'send', () => browser.refresh([PROMPT]));
    timeline.plan(at + use * pause + times.supersededWindow + 1, 'send', () => abuse(0));
  }
  timeline.run();
  return { judgements: server.judgements, stolen, loginsAsked: browser.loginsAsked() };
}
