import { HEARTBEAT_INTERVAL, formatPosition } from '@latchstring/protocol';
import type { RevocationEvent, RevocationPosition } from '@latchstring/protocol';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import { createRecentEvents } from './recent-events.ts';
import type { RevocationReading, RevocationRecord } from './revocation.ts';

/** An event as it goes out: signed once for all readers. */
export interface FeedEvent {
  readonly position: RevocationPosition;
  /** The position as `Last-Event-ID` will bring it back. */
  readonly id: string;
  /** A JWS in compact form. */
  readonly jws: string;
}

/** Gets every event from its subscription on. Must not throw, and must not wait. */
export type Subscriber = (event: FeedEvent) => void;

/** A JWS in compact form, and the key that signed it. */
export interface SignedEvent {
  readonly jws: string;
  readonly kid: string;
}

/** What the feed needs. */
export interface FeedDependencies {
  readonly store: Pick<Store, 'readRevocations' | 'revocationSnapshot'>;
  readonly issuer: string;
  readonly clock: Clock;
  /** Signs claims as a JWS of the type `revocations+jwt`, and names the key. */
  readonly sign: (claims: RevocationEvent) => Promise<SignedEvent>;
  /** Called before an event that revokes a key is signed: it must not be signed by that very key. */
  readonly confirmKeys: () => Promise<void>;
  /** Called when the database was put back: by `latchstring restore`, or, the log being shorter than it was, by nobody who said so. */
  readonly alarm: (kind: 'database_restored' | 'database_went_back') => void;
}

/** The revocation feed of one process (docs/revocation.md). */
export interface RevocationFeed {
  /** Reads what is new and sends it, or a heartbeat where one is due. Rejects where the database does not answer. */
  poll(): Promise<void>;
  /** All that matters now, as one event that is not older than a second. */
  snapshot(): Promise<FeedEvent>;
  /**
   * The events that lead from a position, or from nothing, to now; then every one that follows, to the subscriber. The
   * returned function ends it.
   */
  subscribe(after: RevocationPosition | undefined, subscriber: Subscriber): Promise<Subscription>;
}

/** A subscription: what it missed, and how it ends. */
export interface Subscription {
  readonly missed: readonly FeedEvent[];
  readonly close: () => void;
}

/** How old the snapshot may be with which a stream begins: the events since then follow it. Milliseconds. */
const SHARED_SNAPSHOT_AGE = 10_000;
/** Transactions that are read at a time. */
const BATCH = 1000;
/** By how much a clock may be off before readers take it for wrong. Milliseconds. */
const SET_BACK = 60_000;

/**
 * Reads the log and sends each transaction as one event, signed once, in the order of the log.
 *
 * The time of an event is the database's, so that a server that has lost its database has nothing to say: its readers find
 * their feed stale.
 */
export function createRevocationFeed(dependencies: FeedDependencies): RevocationFeed {
  const { store, issuer, clock, sign, confirmKeys, alarm } = dependencies;
  const subscribers = new Set<Subscriber>();
  const recent = createRecentEvents<FeedEvent>();
  let position: RevocationPosition | undefined;
  let polling: Promise<void> | undefined;
  let saidAt = Number.NEGATIVE_INFINITY;
  let lastTime = 0;
  let lastKid: string | undefined;
  let lastHeartbeat: FeedEvent | undefined;
  let snapshotUnderWay: Promise<FeedEvent> | undefined;
  let lastSnapshot: { readonly event: FeedEvent; readonly at: number } | undefined;

  /**
   * Rises with every event, whatever the database's clock does: readers refuse what does not. By a microsecond, so that a
   * burst does not run ahead of the clock: to readers the events after it would seem held up. A clock that is set back by more
   * than readers bear is followed: they did not believe what it said before, or do not believe what it says now.
   */
  function nextTime(now: number): number {
    lastTime = lastTime - now > SET_BACK ? now : Math.max(now, lastTime + 0.001);
    return lastTime / 1000;
  }

  async function event(
    place: RevocationPosition,
    claims: Omit<RevocationEvent, 'iss' | 'epoch' | 'seq' | 'time'>,
    now: number,
  ): Promise<FeedEvent> {
    const { jws, kid } = await sign({ iss: issuer, ...place, time: nextTime(now), ...claims });
    if (kid !== lastKid) {
      // The key before may have been revoked: nobody would take what it has signed.
      recent.clear();
      lastSnapshot = undefined;
      lastHeartbeat = undefined;
      lastKid = kid;
    }
    return { position: place, id: formatPosition(place), jws };
  }

  function send(sent: FeedEvent): void {
    saidAt = clock.monotonic();
    for (const subscriber of subscribers) subscriber(sent);
  }

  async function append(
    record: RevocationRecord,
    after: number,
    { now, retention }: RevocationReading,
  ): Promise<void> {
    const place = { epoch: record.epoch, seq: record.seq };
    const claims = { after, retention: retention / 1000, entries: record.entries };
    const sent = await event(place, claims, now);
    position = place;
    recent.push(sent);
    send(sent);
  }

  /** The log was replaced under us, or this is the beginning: what was kept leads nowhere. */
  async function restart(reading: RevocationReading): Promise<void> {
    const before = position;
    position = reading.position;
    recent.clear();
    lastSnapshot = undefined;
    if (before === undefined) return;
    alarm(before.epoch === position.epoch ? 'database_went_back' : 'database_restored');
    send(await makeSnapshot());
  }

  async function readAndSend(): Promise<void> {
    const reading = await store.readRevocations(position?.seq ?? 0, position === undefined ? 0 : BATCH);
    const isContinued = position?.epoch === reading.position.epoch && reading.position.seq >= position.seq;
    if (position === undefined || !isContinued) return restart(reading);
    if (reading.records.some(revokesKey)) await confirmKeys();
    for (const record of reading.records) await append(record, position.seq, reading);
    // There is more than a batch of it.
    if (position.seq < reading.position.seq) return readAndSend();
    if (clock.monotonic() - saidAt >= HEARTBEAT_INTERVAL * 1000) {
      const claims = { after: position.seq, retention: reading.retention / 1000, entries: [] };
      lastHeartbeat = await event(position, claims, reading.now);
      send(lastHeartbeat);
    }
  }

  async function makeSnapshot(): Promise<FeedEvent> {
    const at = clock.monotonic();
    const { now, retention, position: place, records } = await store.revocationSnapshot();
    const entries = records.flatMap((record) => record.entries);
    const claims = { after: place.seq, retention: retention / 1000, snapshot: true as const, entries };
    const made = await event(place, claims, now);
    lastSnapshot = { event: made, at };
    return made;
  }

  const poll = (): Promise<void> => (polling ??= readAndSend().finally(() => (polling = undefined)));

  /** A snapshot that is no older than so many milliseconds; readers that ask at once share one. */
  function snapshot(age: number): Promise<FeedEvent> {
    if (lastSnapshot !== undefined && clock.monotonic() - lastSnapshot.at < age)
      return Promise.resolve(lastSnapshot.event);
    return (snapshotUnderWay ??= makeSnapshot().finally(() => (snapshotUnderWay = undefined)));
  }

  async function subscribe(
    after: RevocationPosition | undefined,
    subscriber: Subscriber,
  ): Promise<Subscription> {
    if (position === undefined) await poll();
    const close = (): void => void subscribers.delete(subscriber);
    const missed = after && recent.after(after, position);
    if (missed !== undefined) {
      subscribers.add(subscriber);
      return { missed, close };
    }
    for (;;) {
      const begin = await snapshot(SHARED_SNAPSHOT_AGE);
      // From here on without waiting: nothing can come between what was kept and what is sent next.
      const since = recent.after(begin.position, position);
      if (since !== undefined) {
        subscribers.add(subscriber);
        return { missed: [begin, ...since, ...heartbeatNow()], close };
      }
      // Of the log before a restore, or older than what is kept; or newer than what this process has read.
      if (position !== undefined && begin.position.seq <= position.seq) lastSnapshot = undefined;
      await poll();
    }
  }

  /** Tells a reader that begins with older events how late it is. */
  function heartbeatNow(): FeedEvent[] {
    return lastHeartbeat !== undefined && lastHeartbeat.id === (position && formatPosition(position))
      ? [lastHeartbeat]
      : [];
  }

  return {
    poll,
    subscribe,
    snapshot: () => snapshot(1000),
  };
}

function revokesKey({ entries }: RevocationRecord): boolean {
  return entries.some(({ kind }) => kind === 'key');
}
