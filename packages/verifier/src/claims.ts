import type { AccessTokenClaims } from '@latchstring/protocol';
import { decodeBase64url } from './base64url.ts';
import { malformed, parseTokenObject } from './compact.ts';
import { VerificationError } from './errors.ts';
import type { IssuedClaims } from './issued-claims.ts';

/** What the claims of a token must say. */
export interface ClaimExpectations {
  readonly issuer: string;
  readonly audience: string;
  /** Seconds by which the clocks may differ. */
  readonly tolerance: number;
  /** Reads what this issuer writes for this audience. */
  readonly issued: IssuedClaims;
}

/** The most seconds of clock tolerance that any option takes. */
const MAXIMUM_TOLERANCE = 60;

/** The length of the `csrf` claim in bytes. */
export const CSRF_CLAIM_BYTES = 16;

// "exp": 1.0 is an integer to some parsers and none to others, so it is refused.
const INTEGERS: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'auth_time', 'ver']);

/**
 * Parses the payload of an access token into frozen claims, and checks their form, times, issuer and audience (RFC 9068
 * section 4). The signature must have been checked before.
 *
 * Does not check revocation, CSRF, roles, or which channel the token came by.
 *
 * @throws {VerificationError} `token_malformed`, `token_untrusted` for a token that is bound to a key of its holder,
 *   `token_expired`, `token_not_yet_valid`, `token_wrong_issuer`, `token_wrong_audience`.
 */
export function parseClaims(payload: Buffer, expected: ClaimExpectations, now: number): AccessTokenClaims {
  const issued = expected.issued.read(payload);
  if (issued !== undefined) {
    checkTimes(issued, expected.tolerance, now);
    return issued;
  }
  const claims = parseTokenObject(payload, INTEGERS);
  if (!hasForm(claims)) throw malformed('A claim is missing or has the wrong type.');
  // RFC 9449 section 7.2: a token that is bound to a key is refused without the proof of it, which nothing here reads.
  if (claims['cnf'] !== undefined) {
    throw new VerificationError('token_untrusted', 'The token is bound to a key that was not proven.');
  }
  checkTimes(claims, expected.tolerance, now);
  // RFC 8725 section 3.8: the very string.
  if (claims.iss !== expected.issuer) {
    throw new VerificationError('token_wrong_issuer', 'The token is from another issuer.');
  }
  // RFC 8725 section 3.9: an exact member.
  const { aud } = claims;
  if (typeof aud === 'string' ? aud !== expected.audience : !aud.includes(expected.audience)) {
    throw new VerificationError('token_wrong_audience', 'The token is for another audience.');
  }
  return freeze(claims);
}

/**
 * Checks the times of claims (RFC 7519 section 4.1.4 to 4.1.6). All in seconds.
 *
 * @throws {VerificationError} `token_expired`, `token_not_yet_valid`.
 */
export function checkTimes(claims: AccessTokenClaims, tolerance: number, now: number): void {
  if (now >= claims.exp + tolerance) throw new VerificationError('token_expired', 'The token has expired.');
  const earliest = now + tolerance;
  if (claims.iat > earliest || (claims.nbf !== undefined && claims.nbf > earliest)) {
    throw new VerificationError('token_not_yet_valid', 'The token is not valid yet.');
  }
}

/** Refuses a clock tolerance that would make expiry meaningless. */
export function checkTolerance(tolerance: number): void {
  if (typeof tolerance !== 'number' || !(tolerance >= 0 && tolerance <= MAXIMUM_TOLERANCE)) {
    throw new TypeError(
      `The clock tolerance must be 0 to ${MAXIMUM_TOLERANCE} seconds. Let the clocks be synchronised (NTP) rather than raise it.`,
    );
  }
}

/** RFC 9068 section 2.2, and Latchstring's own claims. Written out, since the engine is many times as quick with names that it knows. */
function hasForm(
  claims: Readonly<Record<string, unknown>>,
): claims is Record<string, unknown> & AccessTokenClaims {
  const { iss, aud, sub, sid, ver, jti, iat, exp, nbf, client_id, auth_time, amr, roles, csrf } =
    claims as Readonly<Record<keyof AccessTokenClaims, unknown>>;
  return (
    isText(iss) &&
    (isText(aud) || isTextList(aud)) &&
    isText(sub) &&
    isText(sid) &&
    isWholeNumber(ver) &&
    isText(jti) &&
    isWholeNumber(iat) &&
    isWholeNumber(exp) &&
    (nbf === undefined || isWholeNumber(nbf)) &&
    isText(client_id) &&
    isWholeNumber(auth_time) &&
    isTextList(amr) &&
    isTextList(roles) &&
    (csrf === undefined || isCsrfClaim(csrf)) &&
    // RFC 9068 section 5: a client must not be able to pass for a person.
    sub !== client_id
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isWholeNumber(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCsrfClaim(value: unknown): boolean {
  return typeof value === 'string' && decodeBase64url(value)?.length === CSRF_CLAIM_BYTES;
}

/** Freezes an object from JSON with all that is in it. Its depth was bounded when it was parsed. */
function freeze<Value extends object>(value: Value): Value {
  if (Array.isArray(value)) value.forEach(freezeMember);
  else for (const name in value) if (Object.hasOwn(value, name)) freezeMember(value[name]);
  return Object.freeze(value);
}

function freezeMember(member: unknown): void {
  if (typeof member === 'object' && member !== null) freeze(member);
}
