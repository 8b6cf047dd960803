import type { Platform } from './options.ts';

/**
 * Names an access token and gives nothing of it away: `latchstring:ISSUER@EXPIRY@SESSION`, when it ends in
 * milliseconds since the Unix epoch and its session's id. Of two marks the greater string is the newer; the empty
 * string is older than any.
 */
export type TokenMark = string;

/** What login, logout and refresh share between the tabs of one origin. */
export interface TabLock {
  /** Runs a task while no other tab runs one. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Inside the lock: tells whoever gets it next that there is a new access token. */
  mark?(mark: TokenMark): Promise<void>;
  /** Inside the lock: a newer mark of the last seconds, from any tab. */
  newer?(seen: TokenMark): Promise<TokenMark | undefined>;
}

// Long enough for a message to reach every tab; a tab that holds a lock for good could not be frozen by the browser.
const MARK_MILLISECONDS = 5_000;

/**
 * The lock of one issuer in this origin.
 *
 * Marks are shared locks whose names say it all: neither storage nor messages are in step with locks across
 * processes, but locks are in step with each other. Without Web Locks (plain HTTP elsewhere than on localhost) tasks
 * queue in this tab only: another tab may refresh at the same time, which the server allows for.
 */
export function tabLock(name: string, platform: Platform): TabLock {
  const locks = platform.navigator?.locks;
  if (!locks) return queue();
  return {
    run: <T>(task: () => Promise<T>) => locks.request(name, task) as Promise<T>,
    mark: (mark) =>
      new Promise((resolve) => {
        const hold = (): Promise<void> => {
          resolve();
          return new Promise((release) => void platform.setTimeout(release, MARK_MILLISECONDS));
        };
        // A lock that is refused costs other tabs a refresh, no more.
        locks.request(mark, { mode: 'shared' }, hold).catch(resolve);
      }),
    async newer(seen) {
      const { held } = await locks.query();
      return held?.find(({ name: other = '' }) => other > seen && other.startsWith(name))?.name;
    },
  };
}

function queue(): TabLock {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: <T>(task: () => Promise<T>) => (last = last.catch(() => undefined).then(task)) as Promise<T>,
  };
}
