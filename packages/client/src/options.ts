/** The parts of a document that the client touches. */
export interface ClientDocument extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  readonly cookie: string;
  readonly visibilityState: string;
  /** Where `online` and `pageshow` are heard. */
  readonly defaultView: Pick<EventTarget, 'addEventListener' | 'removeEventListener'> | null;
}

/** Calls back after some milliseconds; what it returns cancels that. */
export type SetTimer = (callback: () => void, milliseconds: number) => () => void;

/** The settings of {@link createClient}. All of them may be left out where the page and Latchstring share an origin. */
export interface ClientOptions {
  /** Where the Latchstring server is reached. Its origin counts, a path is ignored. By default the page's own origin. */
  readonly baseUrl?: string | undefined;
  /** The server's `LATCHSTRING_ISSUER`: the cookie names depend on it. By default the origin of `baseUrl`; needed behind a proxy. */
  readonly issuer?: string | undefined;
  /** The server's `LATCHSTRING_COOKIE_DOMAIN`, where it has one. */
  readonly cookieDomain?: string | undefined;
  /** Origins of backends, beside the page's own and that of `baseUrl`, to which `fetch` may send cookies and the CSRF token. */
  readonly apiOrigins?: readonly string[] | undefined;
  /** Whether to refresh shortly before the access token ends, while the tab is in use. By default true. */
  readonly refreshAhead?: boolean | undefined;

  /** By default the platform's `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /** By default the page's. Without one (on a server) the client hears no other tab and keeps no timer. */
  readonly document?: ClientDocument | undefined;
  /** The Web Locks that the tabs of one origin share; null for none. By default `navigator.locks`. */
  readonly locks?: Pick<LockManager, 'request' | 'query'> | null | undefined;
  /** A clock that never jumps, in milliseconds. By default `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** The clock that the tabs share, in milliseconds since the Unix epoch. By default `Date.now`. */
  readonly wallClock?: (() => number) | undefined;
  /** By default `setTimeout`. */
  readonly setTimer?: SetTimer | undefined;
}

/** The options with every default filled in. */
export interface Settings {
  readonly base: string;
  readonly issuer: string;
  readonly cookieDomain: string | undefined;
  readonly origins: readonly string[];
  readonly refreshAhead: boolean;
  readonly fetch: typeof fetch;
  readonly document: ClientDocument | undefined;
  readonly locks: Pick<LockManager, 'request' | 'query'> | undefined;
  readonly now: () => number;
  readonly wallClock: () => number;
  readonly setTimer: SetTimer;
}

/** Fills in the defaults. Throws TypeError for an address that is none. */
export function settingsOf(options: ClientOptions): Settings {
  // On a server that renders pages there is no location: a client may be made there, not used.
  const page = globalThis.location?.origin;
  const base = options.baseUrl === undefined ? (page ?? '') : originOf(options.baseUrl);
  const listed = [...(options.apiOrigins ?? []).map(originOf), base];
  return {
    base,
    issuer: options.issuer === undefined ? base : originOf(options.issuer),
    cookieDomain: options.cookieDomain,
    origins: page ? [...listed, page] : listed,
    refreshAhead: options.refreshAhead ?? true,
    // Called as a method of something else, the browser's fetch throws.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    document: options.document ?? globalThis.document,
    locks: options.locks === undefined ? globalThis.navigator?.locks : (options.locks ?? undefined),
    now: options.now ?? (() => performance.now()),
    wallClock: options.wallClock ?? Date.now,
    setTimer: options.setTimer ?? setTimer,
  };
}

/** The origin of an address. Throws TypeError for one that has none. */
export function originOf(url: string): string {
  return new URL(url).origin;
}

function setTimer(callback: () => void, milliseconds: number): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}
