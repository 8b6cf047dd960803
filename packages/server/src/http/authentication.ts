import { HEADERS } from '@latchstring/protocol';
import type { AccessTokenClaims, ErrorCode } from '@latchstring/protocol';
import type { Principal } from '@latchstring/verifier';
import { VerificationError, fetchRequestFacts } from '@latchstring/verifier';
import type { SessionReading } from '../ports/store.ts';
import type { RequestContext, Services } from './context.ts';
import { clearSessionCookies, receivedCookies } from './cookies.ts';

/** What {@link authenticate} refuses with, for the OpenAPI document. */
export const AUTHENTICATION_REFUSALS: readonly ErrorCode[] = [
  'credentials_ambiguous',
  'credentials_missing',
  'token_malformed',
  'token_wrong_type',
  'token_untrusted',
  'token_expired',
  'token_not_yet_valid',
  'token_wrong_issuer',
  'token_wrong_audience',
  'token_revoked',
  'token_outdated',
  'csrf_failed',
  'database_unavailable',
];

/** A request whose session was read from the database. */
export interface Authenticated extends SessionReading {
  readonly principal: Principal;
}

/**
 * Authenticates a request by its access token, and by the row of its session: what was ended a moment ago is refused.
 *
 * Throws what the verifier throws (cookies: CSRF token and origin included), and `token_revoked` for a session that is over,
 * `token_outdated` for one whose rights have changed since.
 */
export async function authenticate(context: RequestContext, services: Services): Promise<Authenticated> {
  // Attack 64: a browser that sends it twice would be locked out until it is rid of both.
  const { settings } = services;
  if (receivedCookies(context, settings).access.length > 1) clearSessionCookies(context, settings);
  const principal = await services.verifier.verifyRequest(fetchRequestFacts(context.req.raw));
  return { ...(await admit(principal.claims, services)), principal };
}

/** Holds verified claims against the database: the same refusals as {@link authenticate}'s, from the row on. */
export async function admit(
  claims: AccessTokenClaims,
  { sessions, store }: Pick<Services, 'sessions' | 'store'>,
): Promise<SessionReading> {
  const [reading, isRevoked] = await Promise.all([
    sessions.read(claims.sid),
    store.isTokenRevoked(claims.jti),
  ]);
  if (reading?.user.id !== claims.sub) throw new VerificationError('token_revoked', 'The session was ended.');
  if (isRevoked || claims.ver < reading.session.version) {
    throw new VerificationError(
      'token_outdated',
      'The token was revoked or its rights have changed. Refresh it.',
    );
  }
  return reading;
}

/** The seconds for which the request's own access token is still good. */
export function remainingSeconds({ principal, now }: Authenticated): number {
  return Math.max(0, principal.claims.exp - Math.floor(now / 1000));
}

/** The value of the CSRF header. */
export function csrfHeader(context: RequestContext): string {
  return context.req.header(HEADERS.csrf) ?? '';
}
