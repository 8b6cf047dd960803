import { StoreOverloadedError, StoreUnavailableError } from '../ports/store.ts';
import type { RefreshAttempt, RefreshOutcome } from '../ports/store.ts';

/** Refreshes that wait or are under way. More than can be done before their deadlines would only take each other's time. */
const WAITING_AT_MOST = 1024;
/** Those of one session, which go one after the other. */
const LINE_AT_MOST = 32;

interface Waiting {
  readonly attempt: RefreshAttempt;
  readonly resolve: (outcome: RefreshOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** How refreshes are grouped. */
export interface RefreshQueueOptions {
  /** Refreshes the sessions, each of them another, and answers in the same order. */
  readonly run: (attempts: readonly RefreshAttempt[]) => Promise<RefreshOutcome[]>;
  /** The most refreshes in a group. */
  readonly size: number;
  /** The most groups that are under way at a time. */
  readonly inFlight: number;
}

/**
 * Groups refreshes: those that arrive while others are being committed go together into the next commit.
 *
 * A session is at most once in what is under way; the next refresh of it waits for its turn, behind the sessions
 * that were there before.
 */
export function createRefreshQueue({
  run,
  size,
  inFlight,
}: RefreshQueueOptions): (attempt: RefreshAttempt) => Promise<RefreshOutcome> {
  /** By session, in the order of arrival; a session is a key here while it waits or is under way. */
  const lines = new Map<string, Waiting[]>();
  /** Sessions whose first in line may start. */
  let ready: string[] = [];
  let running = 0;
  let unfinished = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || running >= inFlight || ready.length === 0) return;
    scheduled = true;
    // After the requests that have arrived together were read: they make one group.
    setImmediate(start);
  }

  function start(): void {
    scheduled = false;
    while (running < inFlight && ready.length > 0) {
      const sessions = ready.slice(0, size);
      ready = ready.slice(size);
      const group = sessions.flatMap((session) => next(session) ?? []);
      if (group.length > 0) void commit(group);
    }
  }

  /** Takes a session's first in line that is not too late. */
  function next(session: string): Waiting | undefined {
    const line = lines.get(session) ?? [];
    for (let waiting = line.shift(); waiting !== undefined; waiting = line.shift()) {
      if (performance.now() <= waiting.attempt.deadline) return waiting;
      waiting.reject(new StoreUnavailableError('The refresh waited too long for the database.'));
    }
    lines.delete(session);
    return undefined;
  }

  async function commit(group: readonly Waiting[]): Promise<void> {
    running++;
    try {
      const outcomes = await run(group.map(({ attempt }) => attempt));
      for (const [i, outcome] of outcomes.entries()) group[i]?.resolve(outcome);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    running--;
    for (const { attempt } of group) release(attempt.token.sessionId);
    schedule();
  }

  function release(session: string): void {
    if ((lines.get(session)?.length ?? 0) > 0) ready.push(session);
    else lines.delete(session);
  }

  async function bounded(attempt: RefreshAttempt): Promise<RefreshOutcome> {
    const line = lines.get(attempt.token.sessionId)?.length ?? 0;
    if (unfinished >= WAITING_AT_MOST || line >= LINE_AT_MOST)
      throw new StoreOverloadedError('Too many refreshes wait.');
    unfinished++;
    try {
      return await lineUp(attempt);
    } finally {
      unfinished--;
    }
  }

  const lineUp = (attempt: RefreshAttempt): Promise<RefreshOutcome> =>
    new Promise((resolve, reject) => {
      const { sessionId } = attempt.token;
      const waiting = { attempt, resolve, reject };
      const line = lines.get(sessionId);
      if (line === undefined) {
        lines.set(sessionId, [waiting]);
        ready.push(sessionId);
        schedule();
      } else {
        line.push(waiting);
      }
    });

  return bounded;
}
