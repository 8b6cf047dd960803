import { readCookies, type SessionMode } from '@latchstring/protocol';
import { VerificationError } from './errors.ts';
import type { RequestFacts } from './facts.ts';

/** A token as a request carries it. Nothing in it is trusted yet. */
export interface Credential {
  readonly token: string;
  readonly mode: SessionMode;
}

/**
 * Finds the one credential of a request: `Authorization: Bearer`, or the one cookie of that name. The query string and the
 * body are never read (RFC 6750 section 5.3, RFC 9700 section 4.3.2). Other schemes of `Authorization` do not count.
 *
 * @throws {VerificationError} `credentials_missing`, or `credentials_ambiguous` for several headers, several cookies of
 *   the name, or both channels.
 */
export function findCredential(request: RequestFacts, cookieName: string): Credential {
  const bearer = findBearer(request.header('authorization'));
  const cookieHeader = request.header('cookie');
  const cookies = readCookies(
    typeof cookieHeader === 'object' ? cookieHeader.join(';') : cookieHeader,
    cookieName,
  );
  const [cookie] = cookies;
  if (cookies.length > 1)
    throw ambiguous('The request carries the cookie of the access token more than once.');
  if (bearer !== undefined) {
    if (cookie !== undefined) throw ambiguous('The request carries a token in a header and one in a cookie.');
    return { token: bearer, mode: 'bearer' };
  }
  if (cookie === undefined)
    throw new VerificationError('credentials_missing', 'The request carries no access token.');
  return { token: cookie, mode: 'cookie' };
}

export function ambiguous(detail: string): VerificationError {
  return new VerificationError('credentials_ambiguous', detail);
}

const PREFIX = 'Bearer ';

function findBearer(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  // RFC 9110 section 11.6.2: one field, one credential. Proxies disagree on which of several counts.
  if (typeof header !== 'string') throw ambiguous('The request carries several Authorization headers.');
  if (!isBearer(header)) {
    if (/,\s*bearer\b/i.test(header)) throw ambiguous('The Authorization header holds several credentials.');
    return undefined;
  }
  // RFC 6750 section 2.1: a comma is in no token, so it joins two credentials.
  if (header.includes(',')) throw ambiguous('The Authorization header holds several credentials.');
  return header.slice(PREFIX.length).trimStart();
}

function isBearer(header: string): boolean {
  if (header.startsWith(PREFIX)) return true;
  // RFC 9110 section 11.1: the name of a scheme has no case. A header that breaks off after it is a broken credential, not none.
  return /^bearer(?![!#$%&'*+\-.^_`|~\w])/i.test(header);
}
