import {
  ERRORS,
  bearerChallenge,
  problemDocument,
  type ProblemDocument,
  type VerificationCode,
} from '@latchstring/protocol';

/** What may accompany a {@link VerificationError}. */
export interface VerificationErrorOptions {
  readonly cause?: unknown;
  /** Whole seconds after which it is worth trying again. */
  readonly retryAfter?: number;
}

/**
 * A request or a token was refused. Compare `code`; the sentence in `message` is for people and may change.
 *
 * Neither the message nor any other member holds a part of a token, a cookie or a secret.
 */
export class VerificationError extends Error {
  override readonly name: string = 'VerificationError';
  readonly code: VerificationCode;
  /** The HTTP status that answers it. */
  readonly status: number;
  /** `www-authenticate` (RFC 6750 section 3) and `retry-after`, each where it applies. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: VerificationCode, detail: string, options: VerificationErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = ERRORS[code].status;
    const headers: Record<string, string> = {};
    const challenge = bearerChallenge(code);
    if (challenge !== undefined) headers['www-authenticate'] = challenge;
    if (options.retryAfter !== undefined) headers['retry-after'] = String(options.retryAfter);
    this.headers = Object.freeze(headers);
  }

  /** The problem document (RFC 9457) that answers the request. */
  toProblem(traceId: string): ProblemDocument {
    return problemDocument(this.code, this.message, traceId);
  }
}

/** Why a key set was refused as a whole. */
export type KeySetFault = 'not_a_key_set' | 'duplicate_kid' | 'mixed_kinds' | 'no_usable_key' | 'unreachable';

/** A key set was refused as a whole. A single unfit key does not do that: it is left out of the set. */
export class KeySetError extends Error {
  override readonly name: string = 'KeySetError';
  readonly code: KeySetFault;

  constructor(code: KeySetFault, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** What went wrong with the revocation feed. */
export type RevocationFeedFault =
  /** No connection, or one that broke. */
  | 'unreachable'
  /** An answer that is no feed: another status, another content type, or too large. */
  | 'not_a_feed'
  /** An event that is not the issuer's, or not of the form that it must have. */
  | 'untrusted_event'
  /** A connection over which nothing new came. */
  | 'silent';

/** The revocation feed has failed for the moment. The verifier tries again by itself. */
export class RevocationFeedError extends Error {
  override readonly name: string = 'RevocationFeedError';
  readonly code: RevocationFeedFault;

  constructor(code: RevocationFeedFault, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** Which rule of strict JSON a text broke. */
export type JsonFault = 'syntax' | 'encoding' | 'duplicate_name' | 'depth' | 'number';

/** A text is not the strict JSON that {@link parseStrictJson} takes. Holds nothing of the text. */
export class StrictJsonError extends Error {
  override readonly name: string = 'StrictJsonError';
  readonly code: JsonFault;

  constructor(code: JsonFault, detail: string) {
    super(detail);
    this.code = code;
  }
}
