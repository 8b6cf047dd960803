import type { SessionMode } from '@latchstring/protocol';
import { isCsrfTokenOf } from '../domain/csrf.ts';
import { ServiceError } from '../domain/errors.ts';
import type { RefreshTokenFacts } from '../domain/refresh.ts';
import type { RefreshRequestFacts } from '../domain/sessions.ts';
import { csrfHeader } from './authentication.ts';
import type { RequestContext, Services } from './context.ts';
import { clearSessionCookies, receivedCookies } from './cookies.ts';
import { requireListedOrigin } from './origin.ts';

/** A refresh token whose HMAC is right, and the channel that it came by. */
export interface RefreshCredential {
  readonly token: RefreshTokenFacts;
  readonly mode: SessionMode;
}

/**
 * The refresh token of a request, from the cookie or the body; undefined where there is none.
 *
 * Throws `credentials_ambiguous` for both at once, `refresh_invalid`, and for cookies `csrf_failed` where the origin is not
 * listed. Whether the CSRF token fits is for the caller to check, with {@link requireCsrfToken}.
 */
export function refreshCredential(
  context: RequestContext,
  body: string | undefined,
  services: Services,
): RefreshCredential | undefined {
  const { sessions, settings } = services;
  const cookies = receivedCookies(context, settings).refresh;
  if (body !== undefined) {
    if (cookies.length > 0) {
      throw new ServiceError(
        'credentials_ambiguous',
        'There is a refresh token in the body and one in a cookie.',
      );
    }
    requireListedOrigin(context, settings.origins, 'bearer');
    return { token: sessions.parse(body), mode: 'bearer' };
  }
  requireListedOrigin(context, settings.origins, 'cookie');
  const [only, ...others] = cookies;
  if (only === undefined) return undefined;
  const token =
    others.length === 0 ? parseCookie(context, only, services) : pickCookie(context, cookies, services);
  return { token, mode: 'cookie' };
}

/** What the session protocol asks of a request. */
export function refreshFacts(
  context: RequestContext,
  mode: SessionMode,
  { settings }: Services,
): RefreshRequestFacts {
  const deadline = context.get('arrivedAt') + settings.latestRefreshStart;
  return { mode, ip: context.get('address'), deadline };
}

/** Throws `csrf_failed` unless the CSRF header is the token of this very session: a cookie alone proves nothing. */
export function requireCsrfToken(context: RequestContext, sessionId: string, { csrfMac }: Services): void {
  if (!isCsrfTokenOf(sessionId, csrfHeader(context), csrfMac)) {
    throw new ServiceError(
      'csrf_failed',
      'The header X-CSRF-Token is missing or belongs to another session.',
    );
  }
}

/** The sessions whose refresh tokens are in the cookies of a request, which a login is about to overwrite. */
export function replacedSessions(context: RequestContext, { sessions, settings }: Services): Set<string> {
  const { refresh } = receivedCookies(context, settings);
  return new Set(factsOf(refresh, sessions).map(({ sessionId }) => sessionId));
}

/** Of those that were issued here. */
function factsOf(values: readonly string[], sessions: Services['sessions']): RefreshTokenFacts[] {
  return values.flatMap((value) => {
    try {
      return [sessions.parse(value)];
    } catch {
      return [];
    }
  });
}

function parseCookie(
  context: RequestContext,
  value: string,
  { sessions, settings }: Services,
): RefreshTokenFacts {
  try {
    return sessions.parse(value);
  } catch (error) {
    clearSessionCookies(context, settings);
    throw error;
  }
}

/** Of several cookies, planted by a sibling host or left by another path, the newest of the CSRF token's session counts (attack 64). */
function pickCookie(
  context: RequestContext,
  values: readonly string[],
  { sessions, csrfMac, settings }: Services,
): RefreshTokenFacts {
  const csrf = csrfHeader(context);
  const fitting = factsOf(values, sessions)
    .filter((facts) => isCsrfTokenOf(facts.sessionId, csrf, csrfMac))
    .sort((a, b) => b.generation - a.generation || b.issuedAt - a.issuedAt);
  if (fitting[0] !== undefined) return fitting[0];
  clearSessionCookies(context, settings);
  throw new ServiceError(
    'credentials_ambiguous',
    'There are several refresh cookies and none fits the CSRF token.',
  );
}
