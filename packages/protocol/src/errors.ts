/**
 * Every error code of Latchstring, with the HTTP status that it is answered with and a title.
 *
 * Codes are the interface: programs compare them, and they do not change. Titles and details are for people and may.
 */
export const ERRORS = {
  request_invalid: { status: 400, title: 'The request does not have the form that this route takes' },
  credentials_ambiguous: { status: 400, title: 'More than one credential, or one in the wrong channel' },
  password_too_weak: { status: 400, title: 'The password is too easy to guess' },
  credentials_missing: { status: 401, title: 'Not logged in' },
  credentials_invalid: { status: 401, title: 'The email or the password is wrong' },
  token_malformed: { status: 401, title: 'The access token is not well formed' },
  token_wrong_type: { status: 401, title: 'The token is not an access token' },
  token_untrusted: { status: 401, title: 'The access token is not signed by a trusted key' },
  token_expired: { status: 401, title: 'The access token has expired' },
  token_not_yet_valid: { status: 401, title: 'The access token is not valid yet' },
  token_wrong_issuer: { status: 401, title: 'The access token is from another issuer' },
  token_wrong_audience: { status: 401, title: 'The access token is for another audience' },
  token_revoked: { status: 401, title: 'The session was ended' },
  token_outdated: { status: 401, title: 'The access token was superseded: refresh it' },
  refresh_invalid: { status: 401, title: 'The refresh token is not valid' },
  session_ended: { status: 401, title: 'The session is over' },
  csrf_failed: { status: 403, title: 'The request does not prove that it comes from the application' },
  role_missing: { status: 403, title: 'The role that this needs is missing' },
  not_found: { status: 404, title: 'There is nothing here' },
  email_taken: { status: 409, title: 'There is an account with this email already' },
  refresh_superseded: { status: 409, title: 'A newer refresh token has been used already' },
  request_too_large: { status: 413, title: 'The request is too large' },
  content_type_unsupported: { status: 415, title: 'The body must be JSON' },
  rate_limited: { status: 429, title: 'Too many attempts' },
  internal_error: { status: 500, title: 'Something went wrong on the server' },
  overloaded: { status: 503, title: 'The server is busy' },
  database_unavailable: { status: 503, title: 'The database does not answer' },
  keys_unavailable: { status: 503, title: 'The keys of the issuer could not be loaded' },
  revocations_stale: { status: 503, title: 'The revocation feed is behind' },
} as const;

/** The stable name of an error. */
export type ErrorCode = keyof typeof ERRORS;

/** The codes with which a verifier refuses a request. */
export type VerificationCode = Extract<
  ErrorCode,
  | `token_${string}`
  | 'credentials_missing'
  | 'credentials_ambiguous'
  | 'csrf_failed'
  | 'role_missing'
  | 'keys_unavailable'
  | 'revocations_stale'
>;

/** The body of every error answer (RFC 9457), with Latchstring's `code` and `trace_id` beside the standard's members. */
export interface ProblemDocument {
  /** `urn:latchstring:CODE`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  /** A sentence for the developer. Never holds any part of a token. */
  readonly detail: string;
  readonly trace_id: string;
}

/** Whether a string is one of Latchstring's error codes. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

/** The problem document of a code. */
export function problemDocument(code: ErrorCode, detail: string, traceId: string): ProblemDocument {
  const { status, title } = ERRORS[code];
  return { type: `urn:latchstring:${code}`, title, status, code, detail, trace_id: traceId };
}

/**
 * The `WWW-Authenticate` challenge of an error, or undefined where the scheme has none for it (RFC 6750 section 3).
 *
 * Codes are lower-case letters and underscores, so they need no escaping in a quoted string.
 */
export function bearerChallenge(code: ErrorCode): string | undefined {
  const { status } = ERRORS[code];
  // RFC 6750 section 3.1: a request without credentials gets no error code.
  if (code === 'credentials_missing') return 'Bearer';
  if (code === 'role_missing') return 'Bearer error="insufficient_scope", error_description="role_missing"';
  if (code.startsWith('token_')) return `Bearer error="invalid_token", error_description="${code}"`;
  if (code === 'credentials_ambiguous') return `Bearer error="invalid_request", error_description="${code}"`;
  return status === 401 ? 'Bearer' : undefined;
}
