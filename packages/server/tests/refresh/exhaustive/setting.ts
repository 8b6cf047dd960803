import { judge } from '../../../src/domain/refresh.ts';
import type { ModelTimes } from '../model/schedules.ts';
import type { Decide } from '../model/server.ts';

/** What can be added to one tab, one server and a network that keeps the order and loses nothing. */
export const FEATURES = [
  /** Four requests in flight instead of two. */
  'four in flight',
  /** A request, or its answer, never arrives. */
  'loss',
  /** Whatever was sent first need not be judged first, or answered first. */
  'reordering',
  /** Something on the way sends a request twice. */
  'retries',
  /** Between the steps of a refresh on one server, the other one does something. */
  'two servers',
  /** A server is killed at any step of a refresh. */
  'server crash',
  /** The browser is killed, and may find older cookies. */
  'browser crash',
  /** The database is set back to what it was, and recovery is opened. */
  'restore',
  /** The database is set back to what it was, and recovery is not opened. */
  'restore without recovery',
  /** Somebody copies the cookies, at two moments, and holds two tokens. */
  'thief',
] as const;

export type Feature = (typeof FEATURES)[number];

/** What is explored. */
export interface Setting {
  readonly times: ModelTimes;
  /** Whether two tabs share a lock, and so ask one after the other, as one tab does. Otherwise they ask whenever they like. */
  readonly isLocked: boolean;
  readonly features: ReadonlySet<Feature>;
  /** `judge`, or something worse that must be found out. */
  readonly decide: Decide;
}

/** A setting of the code's own decision. */
export function settingOf(
  times: ModelTimes,
  isLocked: boolean,
  features: readonly Feature[],
  decide: Decide = judge,
): Setting {
  return { times, isLocked, features: new Set(features), decide };
}

/** Every pair of features, each with the lock and without it. */
export function pairs(): (readonly [Feature, Feature])[] {
  return FEATURES.flatMap((one, i) => FEATURES.slice(i + 1).map((other) => [one, other] as const)).filter(
    // The one is the other without recovery.
    ([one, other]) => !(one === 'restore' && other === 'restore without recovery'),
  );
}

/** The greatest M at which somebody may be logged out for nothing: docs/refresh-protocol.md. */
export function boundOf({ storedWithin, judgedWithin, forgotten }: Omit<ModelTimes, 'minimumAge'>): number {
  return 2 * storedWithin + judgedWithin + forgotten;
}
