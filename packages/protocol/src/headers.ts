/** Header names, in lower case as `Headers` and Node give them. */
export const HEADERS = {
  /** Carries the CSRF token of a cookie session on unsafe methods. */
  csrf: 'x-csrf-token',
  /** The id under which the server's log knows a request. */
  traceId: 'x-trace-id',
} as const;

/** The media type of an error document (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Methods that change nothing and so need no CSRF token (RFC 9110 section 9.2.1). */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];

/** The response headers that a page on another origin must be able to read. */
export const EXPOSED_HEADERS: readonly string[] = ['WWW-Authenticate', 'Retry-After', 'X-Trace-Id'];
