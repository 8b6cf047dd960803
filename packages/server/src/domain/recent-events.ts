import type { RevocationPosition } from './revocation.ts';

/** Events that are kept for readers that come back. Older ones begin with a snapshot. */
const KEPT = 4096;

/** The last events of a log, without gaps, for readers that have missed some. */
export interface RecentEvents<Event extends { readonly position: RevocationPosition }> {
  push(event: Event): void;
  /** Those after a position up to `end`; undefined where one is missing. */
  after(position: RevocationPosition, end: RevocationPosition | undefined): readonly Event[] | undefined;
  clear(): void;
}

/** No events yet. */
export function createRecentEvents<
  Event extends { readonly position: RevocationPosition },
>(): RecentEvents<Event> {
  let kept: Event[] = [];
  return {
    push(event) {
      kept.push(event);
      // Cut now and then, so that not every event moves all others.
      if (kept.length > 2 * KEPT) kept = kept.slice(-KEPT);
    },
    after({ epoch, seq }, end) {
      if (end?.epoch !== epoch || seq > end.seq) return undefined;
      if (seq === end.seq) return [];
      const at = kept.findIndex(({ position }) => position.seq === seq + 1);
      return at === -1 ? undefined : kept.slice(at);
    },
    clear() {
      kept = [];
    },
  };
}
