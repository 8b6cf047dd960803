import { createClient } from '../../../packages/client/src/index.ts';
import { fetchWith } from '../../../packages/client/tests/support/browser.ts';
import type { Clock } from '../../../packages/client/tests/support/clock.ts';
import { createCookieJar } from '../../../packages/client/tests/support/cookie-jar.ts';
import type { CookieJar } from '../../../packages/client/tests/support/cookie-jar.ts';
import { PASSWORD } from '../../../packages/server/tests/support/service.ts';

/** One tab of a browser: the real client. */
export interface Tab {
  /** Refreshes, until there is an answer, or the tab waits for time to pass. */
  refresh(): Promise<void>;
}

/** A browser with one cookie jar and a few tabs. */
export interface Browser {
  readonly tabs: readonly Tab[];
  readonly sessionId: string;
  /** Whether a tab has found that the session is over. */
  readonly isLoggedOut: boolean;
  /** Another browser with a copy of the cookies. */
  steal(): Browser;
  close(): void;
}

/** Where browsers live. */
export interface Place {
  readonly origin: string;
  readonly clock: Clock;
}

let browsers = 0;

/** Names of locks and channels are shared by a process; those of a browser are its own. */
function lockManager(prefix: string): Pick<LockManager, 'request' | 'query'> {
  const { locks } = navigator;
  const request = (name: string, ...rest: unknown[]): unknown =>
    (locks.request as (...given: unknown[]) => unknown)(prefix + name, ...rest);
  return {
    request: request as LockManager['request'],
    async query() {
      const { held = [] } = await locks.query();
      const own = held.filter(({ name = '' }) => name.startsWith(prefix));
      return { held: own.map(({ name = '', ...rest }) => ({ ...rest, name: name.slice(prefix.length) })) };
    },
  };
}

function openTab({ origin, clock }: Place, jar: CookieJar, prefix: string, hasLocks: boolean) {
  let waits = 0;
  let wait = Promise.withResolvers<undefined>();
  let due = 0;
  const send = fetchWith(jar);
  const client = createClient({
    baseUrl: origin,
    refreshAhead: false,
    platform: {
      fetch: (input, init) => {
        const request = new Request(input, init);
        request.headers.set('origin', origin);
        return send(request);
      },
      clearTimeout: clock.clearTimeout,
      Date: { now: clock.now },
      setTimeout(callback, milliseconds) {
        // Of all that a client waits for, the window of superseded tokens is the longest.
        if (milliseconds === 30_000) {
          waits++;
          due = clock.now() + milliseconds;
          wait.resolve(undefined);
          wait = Promise.withResolvers();
          return clock.setTimeout(() => {
            waits--;
            callback();
          }, milliseconds);
        }
        return clock.setTimeout(callback, milliseconds);
      },
      document: {
        get cookie() {
          return jar.visible();
        },
        visibilityState: 'visible',
      },
      ...(hasLocks ? { navigator: { locks: lockManager(prefix) } } : {}),
      BroadcastChannel: class extends BroadcastChannel {
        constructor(name: string) {
          super(prefix + name);
        }
      },
    },
  });
  return {
    client,
    /** Resolves when the tab waits for time to pass. */
    waiting: () => wait.promise,
    isWaiting: () => waits > 0 && due > clock.now(),
  };
}

/** Opens a browser and logs in. */
export async function openBrowser(place: Place, email: string, hasLocks: boolean): Promise<Browser> {
  const jar = createCookieJar();
  const prefix = `browser-${++browsers}:`;
  const tabs = [openTab(place, jar, prefix, hasLocks), openTab(place, jar, prefix, hasLocks)];
  const { session } = await tabs[0]!.client.login({ email, password: PASSWORD });
  return createBrowser(place, jar, tabs, hasLocks, session.id);
}

function createBrowser(
  place: Place,
  jar: CookieJar,
  opened: readonly ReturnType<typeof openTab>[],
  hasLocks: boolean,
  sessionId: string,
): Browser {
  let isLoggedOut = false;
  const tabOf = ({ client, waiting, isWaiting }: ReturnType<typeof openTab>): Tab => {
    let work: Promise<void> | undefined;
    return {
      async refresh() {
        if (isWaiting()) return;
        work ??= client
          .refresh()
          .then(
            (goesOn) => void (isLoggedOut ||= !goesOn),
            // The network failed, or the answer broke off: the next try tells.
            () => undefined,
          )
          .finally(() => (work = undefined));
        await Promise.race([work, waiting()]);
      },
    };
  };
  return {
    sessionId,
    tabs: opened.map(tabOf),
    get isLoggedOut() {
      return isLoggedOut;
    },
    steal() {
      const copy = jar.copy();
      const tab = openTab(place, copy, `browser-${++browsers}:`, hasLocks);
      return createBrowser(place, copy, [tab], hasLocks, sessionId);
    },
    close: () => opened.forEach(({ client }) => client.close()),
  };
}
