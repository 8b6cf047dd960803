import type { ErrorCode } from '@latchstring/protocol';

/** What an error carries beside its code. */
export interface ServiceErrorOptions {
  /** Seconds until another try makes sense. */
  readonly retryAfter?: number;
  /** The `WWW-Authenticate` of the answer, where it is not a bearer's. */
  readonly challenge?: string;
  readonly cause?: unknown;
}

/** A refusal with a stable code. The detail is for the developer, and never holds any part of a token or a password. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly retryAfter: number | undefined;
  readonly challenge: string | undefined;

  constructor(code: ErrorCode, detail: string, options: ServiceErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.challenge = options.challenge;
  }
}
