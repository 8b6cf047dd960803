import type { LoginRequest } from '@latchstring/protocol';
import { createClient } from '@latchstring/client';
import type {
  ChangeReason,
  Client,
  ClientOptions,
  Platform,
  SessionEvent,
  SessionState,
} from '@latchstring/client';
import { createClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { createCookieJar } from './cookie-jar.ts';
import type { CookieJar } from './cookie-jar.ts';
import { PASSWORD, startWireServer } from './wire-server.ts';
import type { WireServer } from './wire-server.ts';

/** One tab: a client with a page of its own. */
export interface Tab {
  readonly client: Client;
  readonly events: readonly SessionEvent[];
  /** Resolves when an event of this reason comes, or has come since the last call. */
  heard(reason: ChangeReason): Promise<SessionEvent>;
  /** Resolves when the state is as wanted. */
  reaches(isWanted: (state: SessionState) => boolean | undefined): Promise<void>;
  /** Brings the tab to the front or puts it into the background. */
  show(visibility: 'visible' | 'hidden'): void;
  /** Fires an event of the window. */
  fire(event: string): void;
}

/** A browser with one cookie jar and the real Web Locks and channels, and a server on a clock that they share. */
export interface Browser {
  readonly clock: Clock;
  readonly jar: CookieJar;
  readonly server: WireServer;
  open(options?: ClientOptions, platform?: Partial<Platform>): Tab;
  close(): Promise<void>;
}

/** The credentials of the one account. */
export const CREDENTIALS: LoginRequest = { email: 'ada@example.com', password: PASSWORD };

/** Starts a server and a browser for one test. */
export async function startBrowser(): Promise<Browser> {
  const clock = createClock();
  const jar = createCookieJar();
  const server = await startWireServer(clock);
  const tabs: Tab[] = [];
  return {
    clock,
    jar,
    server,
    open(options = {}, platform = {}) {
      const tab = openTab({ baseUrl: server.origin, ...options }, clock, jar, platform);
      tabs.push(tab);
      return tab;
    },
    async close() {
      for (const { client } of tabs) client.close();
      await server.close();
    },
  };
}

function openTab(options: ClientOptions, clock: Clock, jar: CookieJar, platform: Partial<Platform>): Tab {
  const window = new EventTarget();
  let visibility = 'visible';
  const client = createClient({
    refreshAhead: false,
    ...options,
    platform: {
      fetch: fetchWith(jar),
      setTimeout: clock.setTimeout,
      clearTimeout: clock.clearTimeout,
      Date: { now: clock.now },
      document: {
        get cookie() {
          return jar.visible();
        },
        get visibilityState() {
          return visibility;
        },
      },
      navigator,
      BroadcastChannel,
      addEventListener: window.addEventListener.bind(window),
      ...platform,
    },
  });
  const events: SessionEvent[] = [];
  const waiting: { reason: ChangeReason; resolve: (event: SessionEvent) => void }[] = [];
  let told = 0;
  client.onChange((event) => {
    events.push(event);
    const at = waiting.findIndex(({ reason }) => reason === event.reason);
    if (at !== -1) waiting.splice(at, 1)[0]!.resolve(event);
  });
  const fire = (event: string): void => void window.dispatchEvent(new Event(event));
  return {
    client,
    events,
    fire,
    heard(reason) {
      const past = events.slice(told).find((event) => event.reason === reason);
      told = events.length;
      if (past) return Promise.resolve(past);
      return new Promise((resolve) => {
        const first = (event: SessionEvent): void => {
          told = events.length;
          resolve(event);
        };
        waiting.push({ reason, resolve: first });
      });
    },
    reaches: (isWanted) =>
      new Promise((resolve) => {
        if (isWanted(client.state)) resolve();
        client.onChange(({ state }) => {
          if (isWanted(state)) resolve();
        });
      }),
    show(next) {
      visibility = next;
      fire('visibilitychange');
    },
  };
}

/** The real fetch with a cookie jar, as a browser has it. */
export function fetchWith(jar: CookieJar): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const cookies = jar.headerFor(new URL(request.url).pathname);
    if (cookies && request.credentials === 'include') request.headers.set('cookie', cookies);
    const response = await fetch(request);
    if (request.credentials === 'include') jar.keep(response.headers.getSetCookie());
    return response;
  };
}
