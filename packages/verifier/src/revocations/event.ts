import { REVOCATIONS_TYPE, type RevocationEntry, type RevocationEvent } from '@latchstring/protocol';
import { parseCompact, parseTokenObject, type CompactToken, type HeaderPolicy } from '../compact.ts';
import { RevocationFeedError, VerificationError } from '../errors.ts';
import type { KeySource } from '../keys.ts';
import { verifySignature } from '../signature.ts';

/** What an event is checked against. */
export interface EventExpectations {
  readonly issuer: string;
  readonly keys: KeySource;
  readonly algorithms: ReadonlySet<string>;
  /** The most bytes of an event. */
  readonly maxBytes: number;
  /** Whether a key was revoked. */
  readonly revokesKey: (kid: string) => boolean;
}

// RFC 8725 section 3.11: an access token must not pass for an event, nor an event for an access token.
const TYPES: ReadonlySet<string> = new Set([REVOCATIONS_TYPE, `application/${REVOCATIONS_TYPE}`]);

/** Checks events of the feed as strictly as access tokens: form, type, algorithm, key, signature, issuer, claims. */
export class EventReader {
  readonly #expected: EventExpectations;
  readonly #policy: HeaderPolicy;

  constructor(expected: EventExpectations) {
    this.#expected = expected;
    this.#policy = { algorithms: expected.algorithms, types: TYPES, maximumBytes: expected.maxBytes };
  }

  /**
   * Gives the event in a JWS. Not checked: its place in the log, and its time.
   *
   * @throws {RevocationFeedError} `untrusted_event`.
   * @throws {VerificationError} `keys_unavailable`.
   */
  async read(jws: string): Promise<RevocationEvent> {
    try {
      const parts = parseCompact(jws, this.#policy);
      await this.#checkSignature(parts);
      return toEvent(parseTokenObject(parts.payload), this.#expected.issuer);
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      // Without the keys nobody can tell.
      if (error.code === 'keys_unavailable') throw error;
      throw untrusted(error);
    }
  }

  async #checkSignature(parts: CompactToken): Promise<void> {
    const { keys, revokesKey } = this.#expected;
    const { header } = parts;
    if (header.kid !== undefined && revokesKey(header.kid)) throw untrusted();
    let key = await keys.find(header);
    if (key === undefined) {
      // A key may be used as soon as it is published in an emergency. Tokens wait for the cool-down, the feed cannot.
      await keys.reload?.();
      key = await keys.find(header);
    }
    verifySignature(parts, key);
  }
}

function untrusted(cause?: unknown): RevocationFeedError {
  return new RevocationFeedError('untrusted_event', 'An event of the revocation feed is not to be trusted.', {
    ...(cause !== undefined && { cause }),
  });
}

function toEvent(claims: Readonly<Record<string, unknown>>, issuer: string): RevocationEvent {
  const { iss, epoch, seq, after, time, retention, snapshot, entries } = claims;
  const isRight =
    // RFC 8725 section 3.8: the very string.
    iss === issuer &&
    isText(epoch) &&
    isCount(seq) &&
    isCount(after) &&
    after <= seq &&
    isDuration(time) &&
    isDuration(retention) &&
    (snapshot === undefined || snapshot === true) &&
    Array.isArray(entries) &&
    // A heartbeat brings nothing, and whoever brings something moves on.
    (snapshot === true || after < seq || entries.length === 0) &&
    entries.every(isEntry);
  if (!isRight) throw untrusted();
  const event = { iss, epoch, seq, after, time, retention, entries };
  return snapshot === true ? { ...event, snapshot } : event;
}

/** An entry of an unknown kind cannot be obeyed, so the event is refused: the feed then counts as stale, and closes. */
function isEntry(value: unknown): value is RevocationEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Readonly<Record<string, unknown>>;
  switch (entry['kind']) {
    case 'session':
      return isText(entry['id']) && (entry['below'] === undefined || isCount(entry['below']));
    case 'token':
      return isText(entry['jti']);
    case 'key':
      return isText(entry['kid']);
    default:
      return false;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}
