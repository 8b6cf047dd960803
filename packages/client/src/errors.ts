import type { ErrorCode } from '@latchstring/protocol';

/** What can go wrong without an error document from the server. */
export type LocalErrorCode =
  /** No answer: offline, refused, blocked by CORS. */
  | 'network_failed'
  /** No answer within the client's time-out, and the request was aborted. */
  | 'request_timeout'
  /** An answer that is not Latchstring's, such as a proxy's error page. */
  | 'answer_unexpected'
  /** Logged in, but this page cannot read the CSRF cookie: cookies are blocked, or `issuer` or `cookieDomain` is wrong. */
  | 'cookies_unreadable';

/** What is known of a failure beside its code. */
export interface ErrorFacts {
  readonly message?: string | undefined;
  readonly status?: number | undefined;
  readonly retryAfter?: number | undefined;
  readonly traceId?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The one error of this package. Programs compare `code`; the message is for people and may change.
 *
 * Never holds a token, a cookie or a password. Misuse by the programmer is a TypeError instead.
 */
export class LatchstringError extends Error {
  override readonly name = 'LatchstringError';
  /** The stable name of the error. */
  readonly code: ErrorCode | LocalErrorCode;
  /** The HTTP status, 0 where there was no answer. */
  readonly status: number;
  /** Seconds after which a new attempt makes sense, where the server said so. */
  readonly retryAfter: number | undefined;
  /** The id under which the server's log knows the request. */
  readonly traceId: string | undefined;

  constructor(code: ErrorCode | LocalErrorCode, facts: ErrorFacts = {}) {
    super(facts.message ?? code, { cause: facts.cause });
    this.code = code;
    this.status = facts.status ?? 0;
    this.retryAfter = facts.retryAfter;
    this.traceId = facts.traceId;
  }
}
