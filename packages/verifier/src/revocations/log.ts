import type { RevocationEvent, RevocationPosition } from '@latchstring/protocol';
import type { FeedClock } from './clock.ts';
import { RevocationEntries } from './entries.ts';
import { Freshness } from './freshness.ts';

/** What an event was: the next one, one that says nothing new, or one that does not follow on what is known. */
export type Step = 'followed' | 'repeated' | 'lost';

/** The issuer's log as far as this process knows it. */
export class RevocationLog {
  readonly entries: RevocationEntries;
  readonly freshness: Freshness;
  readonly #clock: FeedClock;
  #position: RevocationPosition | undefined;
  #retention = 0;

  constructor(clock: FeedClock, wall: () => number) {
    this.#clock = clock;
    this.entries = new RevocationEntries(clock.monotonic());
    this.freshness = new Freshness(clock, wall);
  }

  /** Where the next event must follow on; undefined where a snapshot must come first. */
  get position(): RevocationPosition | undefined {
    return this.#position;
  }

  /** Begins anew with a snapshot. What is known stays. */
  restart(): void {
    this.#position = undefined;
  }

  /** Takes an event of the issuer. Its entries count whatever its place: nothing revoked is ever allowed again. */
  take(event: RevocationEvent): Step {
    // It rises only, as the longest lifetime ever configured does.
    this.#retention = Math.max(this.#retention, event.retention);
    this.entries.forget(this.#clock.monotonic(), this.#retention);
    this.entries.add(event.entries);
    const step = this.#judge(event);
    if (step === 'lost') this.restart();
    if (step !== 'followed') return step;
    this.#position = { epoch: event.epoch, seq: event.seq };
    this.freshness.hear(event.time);
    return step;
  }

  #judge({ epoch, seq, after, time, snapshot }: RevocationEvent): Step {
    const position = this.#position;
    if (position === undefined) return snapshot === true ? 'followed' : 'lost';
    const isRisen = this.freshness.isRisen(time);
    const isSameEpoch = epoch === position.epoch;
    if (snapshot === true) return isRisen || !isSameEpoch || seq > position.seq ? 'followed' : 'repeated';
    if (!isSameEpoch || after > position.seq) return 'lost';
    if (seq > position.seq) return 'followed';
    // Known already: repeated, or said anew because the log has gone back.
    if (!isRisen) return 'repeated';
    return seq === position.seq && after === seq ? 'followed' : 'lost';
  }
}
