import type { Settings } from './options.ts';

/** Names an access token without saying anything of it but when it ends. */
export interface TokenMark {
  /** Milliseconds since the Unix epoch; of two marks the later is the newer. */
  readonly expiresAt: number;
  /** The session's id. */
  readonly session: string;
}

/** What login, logout and refresh share between the tabs of one origin. */
export interface TabLock {
  /** Runs a task while no other tab runs one. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Inside the lock: tells whoever gets it next that there is a new access token. */
  mark(mark: TokenMark): Promise<void>;
  /** Inside the lock: the newest mark of the last seconds, from any tab. */
  newest(): Promise<TokenMark | undefined>;
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
export function tabLock(name: string, { locks, setTimer }: Pick<Settings, 'locks' | 'setTimer'>): TabLock {
  return locks ? webLock(name, locks, setTimer) : queue();
}

function webLock(
  name: string,
  locks: NonNullable<Settings['locks']>,
  setTimer: Settings['setTimer'],
): TabLock {
  const prefix = `${name}@`;
  return {
    run: async (task) => await locks.request(name, task),
    mark: ({ expiresAt, session }) =>
      new Promise((resolve) => {
        const held = (): Promise<void> => {
          resolve();
          return new Promise((release) => void setTimer(release, MARK_MILLISECONDS));
        };
        // A lock that is refused costs other tabs a refresh, no more.
        locks.request(`${prefix}${expiresAt}@${session}`, { mode: 'shared' }, held).catch(() => resolve());
      }),
    async newest() {
      let newest: TokenMark | undefined;
      for (const lock of (await locks.query()).held ?? []) {
        if (!lock.name?.startsWith(prefix)) continue;
        const [expiresAt, session = ''] = lock.name.slice(prefix.length).split('@');
        const mark = { expiresAt: Number(expiresAt), session };
        if (!newest || mark.expiresAt > newest.expiresAt) newest = mark;
      }
      return newest;
    },
  };
}

function queue(): TabLock {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const result = last.then(task);
      last = result.catch(() => undefined);
      return result;
    },
    mark: () => Promise.resolve(),
    newest: () => Promise.resolve(undefined),
  };
}
