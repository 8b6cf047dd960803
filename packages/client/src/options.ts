/** What the client uses of a page's global object. */
export interface Platform {
  readonly fetch: typeof fetch;
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: never): void;
  /** The clock that the tabs share. */
  readonly Date: { now(): number };
  /** Missing on a server that renders pages: the client keeps no timer there and hears no other tab. */
  readonly document?: { readonly cookie: string; readonly visibilityState: string } | undefined;
  readonly location?: { readonly origin: string; readonly href: string } | undefined;
  /** Web Locks, which the tabs of one origin share. */
  readonly navigator?: { readonly locks?: Pick<LockManager, 'request' | 'query'> } | undefined;
  readonly BroadcastChannel?: typeof BroadcastChannel | undefined;
  /** Where `visibilitychange`, `online` and `pageshow` are heard. */
  readonly addEventListener?: EventTarget['addEventListener'] | undefined;
}

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
  /** What requests are sent with. By default the platform's `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /** The global object, for tests and other worlds. By default `globalThis`. */
  readonly platform?: Platform | undefined;
}

/** The origin of an address, which may be relative to a base. Throws TypeError for one that has none. */
export const originOf = (url: string, base?: string): string => new URL(url, base).origin;
