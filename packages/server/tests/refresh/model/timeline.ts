/** At one moment, what is sent goes out first, then the server judges, then answers arrive, then somebody gives up. */
export type Phase = 'send' | 'judge' | 'arrive' | 'give up';

const ORDER: readonly Phase[] = ['send', 'judge', 'arrive', 'give up'];

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A simulated time in whole ticks, in which things happen one after the other. */
export interface Timeline {
  now(): number;
  /** Plans something, now or later. */
  plan(at: number, phase: Phase, run: () => void): void;
  /** Lets everything happen that is planned, and what that plans in turn. */
  run(): void;
}

/** A timeline that begins at 0. Of things at one moment and in one phase, the first planned is the first to happen. */
export function createTimeline(): Timeline {
  const entries: Entry[] = [];
  let now = 0;
  return {
    now: () => now,
    plan(at, phase, run) {
      const entry = { at: Math.max(at, now), order: ORDER.indexOf(phase), run };
      let place = entries.length;
      for (; place > 0; place--) {
        const other = entries[place - 1];
        // The next one is the last of the list.
        if (other === undefined || other.at > entry.at) break;
        if (other.at === entry.at && other.order > entry.order) break;
      }
      entries.splice(place, 0, entry);
    },
    run() {
      for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
        now = entry.at;
        entry.run();
      }
    },
  };
}
