/** What the cookie names of one issuer depend on. */
export interface CookieScope {
  /** The issuer's origin, as in the `iss` claim. */
  readonly issuer: string;
  /** Set where sibling hosts share the cookies. */
  readonly cookieDomain?: string | undefined;
}

/** The names of the three cookies of a session in cookie mode. */
export interface CookieNames {
  /** HttpOnly: the access token. */
  readonly access: string;
  /** HttpOnly, sent to {@link REFRESH_COOKIE_PATH} only: the refresh token. */
  readonly refresh: string;
  /** Readable by the page: the CSRF token. */
  readonly csrf: string;
}

/** The only path to which a browser sends the refresh token. */
export const REFRESH_COOKIE_PATH = '/auth/v1';

/**
 * Whether an origin is plain HTTP on the name `localhost`, the one place where cookies may lack `Secure`.
 */
export function isLocalhostOrigin(origin: string): boolean {
  return /^http:\/\/localhost(:\d{1,5})?$/.test(origin);
}

/**
 * The cookie names of an issuer.
 *
 * Elsewhere than on localhost they carry a prefix that the browser enforces (RFC 6265bis section 4.1.3). On localhost,
 * where all ports share one cookie jar, they end in a short hash of the issuer, so that two projects do not
 * overwrite each other's.
 */
export function cookieNames(scope: CookieScope): CookieNames {
  return {
    access: pageCookieName('latchstring', scope),
    // Its path is not "/", which the prefix __Host- would demand.
    refresh: isLocalhostOrigin(scope.issuer)
      ? pageCookieName('latchstring-refresh', scope)
      : '__Secure-latchstring-refresh',
    csrf: csrfCookieName(scope),
  };
}

/** The name of the CSRF cookie alone, for the browser, where the other two cannot be seen. */
export function csrfCookieName(scope: CookieScope): string {
  return pageCookieName('latchstring-csrf', scope);
}

/**
 * The name of the cookie by which a browser shows that an account has logged in from it before. Sibling hosts never share
 * it: its prefix stays `__Host-` wherever it has one.
 */
export function deviceCookieName({ issuer }: CookieScope): string {
  return pageCookieName('latchstring-device', { issuer });
}

function pageCookieName(name: string, { issuer, cookieDomain }: CookieScope): string {
  if (isLocalhostOrigin(issuer)) return `${name}-${fnv1a(issuer).toString(16).padStart(8, '0')}`;
  return `${cookieDomain === undefined ? '__Host-' : '__Secure-'}${name}`;
}

/**
 * Every value that a `Cookie` header holds under one name, in the order sent.
 *
 * More than one value means that another host or path has planted a cookie of that name: the caller decides, none is
 * picked here. Values are not decoded, and quotes are not stripped: Latchstring's own never need it.
 */
export function readCookies(header: string | null | undefined, name: string): string[] {
  const values: string[] = [];
  if (header === null || header === undefined) return values;
  // The name is looked for instead of splitting the header: verifiers do this on every request.
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, at + name.length)) {
    const before = skipBlanks(header, at - 1, -1);
    const equals = skipBlanks(header, at + name.length, 1);
    if ((before !== -1 && header[before] !== ';') || header[equals] !== '=') continue;
    const end = header.indexOf(';', equals);
    values.push(header.slice(equals + 1, end === -1 ? undefined : end).trim());
  }
  return values;
}

/** The index of the first character from here on that is neither a space nor a tab. */
function skipBlanks(text: string, start: number, step: 1 | -1): number {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at += step;
  return at;
}

// FNV-1a, 32 bits: it tells projects on one machine apart and protects nothing.
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}
