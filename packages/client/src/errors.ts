import type { ErrorCode } from '@latchstring/protocol';

/** What can go wrong without an error document from the server. */
export type LocalErrorCode =
  /** No answer: offline, refused, blocked by CORS, or not within the client's time-out and aborted (see `cause`). */
  | 'network_failed'
  /** An answer that is not Latchstring's, such as a proxy's error page. */
  | 'answer_unexpected';

/** What is known of a failure beside its code. */
export interface ErrorFacts {
  readonly message?: string | undefined;
  readonly status?: number;
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
  /** The stable name of the error. */
  declare readonly code: ErrorCode | LocalErrorCode;
  /** The HTTP status, 0 where there was no answer. */
  declare readonly status: number;
  /** Seconds after which a new attempt makes sense, where the server said so. */
  declare readonly retryAfter: number | undefined;
  /** The id under which the server's log knows the request. */
  declare readonly traceId: string | undefined;

  constructor(code: ErrorCode | LocalErrorCode, { message = code, ...facts }: ErrorFacts = {}) {
    super(message);
    Object.assign(this, { name: 'LatchstringError', code, status: 0 }, facts);
  }
}

/** Whether it is Latchstring that says that nobody is logged in, and not some proxy on the way. */
export function isDenial(error: unknown): boolean {
  const { status, code } = error as LatchstringError;
  return status === 401 && code !== 'answer_unexpected';
}
