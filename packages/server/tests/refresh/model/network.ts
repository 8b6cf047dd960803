import type { RefreshTokenFacts } from '../../../src/domain/refresh.ts';
import type { Fate, ModelTimes } from './schedules.ts';
import type { Answer, Party, SimulatedServer } from './server.ts';
import type { Timeline } from './timeline.ts';

/** What lies between a client and the server: it delays, copies, reorders and loses, each within a request's life. */
export interface Network {
  send(token: RefreshTokenFacts, party: Party, fate: Fate, arrive: (answer: Answer) => void): void;
}

/** A network in which a fate's times hold, cut to the longest that a request can live. */
export function createNetwork(timeline: Timeline, server: SimulatedServer, times: ModelTimes): Network {
  return {
    send(token, party, fate, arrive) {
      if (fate.lost === 'request') return;
      const sentAt = timeline.now();
      const judged = [fate.judged, ...(fate.copy === undefined ? [] : [fate.copy])].map((delay) =>
        Math.min(delay, times.judgedWithin),
      );
      for (const [i, delay] of judged.entries()) {
        timeline.plan(sentAt + delay, 'judge', () => {
          const answer = server.refresh(token, party, timeline.now());
          const isAnswered = i === judged.length - 1 && fate.lost === 'nothing';
          const arrivesAt = sentAt + Math.max(delay, fate.answered);
          // Whoever gave up takes no cookie any more.
          if (!isAnswered || arrivesAt > sentAt + times.storedWithin) return;
          timeline.plan(arrivesAt, 'arrive', () => {
            arrive(answer);
          });
        });
      }
    },
  };
}
