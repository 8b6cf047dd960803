import { createRoute } from '@hono/zod-openapi';
import { ROUTES } from '@latchstring/protocol';
import { VerificationError } from '@latchstring/verifier';
import { ServiceError } from '../../domain/errors.ts';
import { isOver, judge } from '../../domain/refresh.ts';
import type { SessionReading } from '../../ports/store.ts';
import { AUTHENTICATION_REFUSALS, authenticate } from '../authentication.ts';
import type { App, RequestContext, Services } from '../context.ts';
import { clearSessionCookies, receivedCookies } from '../cookies.ts';
import { refreshCredential, refreshFacts, requireCsrfToken } from '../refresh-credential.ts';
import { BODY_REFUSALS, jsonBody, problemResponses } from '../responses.ts';
import { refreshRequest } from '../schemas.ts';

const shared = {
  security: [{ refreshCookie: [], csrf: [] }, { bearer: [] }, {}],
  request: { body: jsonBody(refreshRequest, false) },
  responses: {
    204: { description: 'Done; also for a session that was over already.' },
    ...problemResponses(
      ...BODY_REFUSALS,
      ...AUTHENTICATION_REFUSALS,
      'refresh_invalid',
      'session_ended',
      'refresh_superseded',
      'rate_limited',
      'overloaded',
    ),
  },
};

const logout = createRoute({ method: 'post', path: ROUTES.logout, summary: 'End this session', ...shared });
const logoutAll = createRoute({
  method: 'post',
  path: ROUTES.logoutAll,
  summary: 'End all sessions of this person',
  ...shared,
});

/** Logout, here and everywhere. */
export function addLogoutRoutes(app: App, services: Services): void {
  const { sessions, settings } = services;

  app.openapi(logout, async (context) => {
    const body = context.req.valid('json').refresh_token;
    const target = await findTarget(context, body, services, true);
    if (target !== undefined) {
      await sessions.end({ id: target.sessionId, userId: target.userId }, 'logout', context.get('address'));
    }
    if (!isBearer(context, body)) clearSessionCookies(context, settings);
    return context.body(null, 204);
  });

  app.openapi(logoutAll, async (context) => {
    const body = context.req.valid('json').refresh_token;
    const target = await findTarget(context, body, services, false);
    if (target !== undefined) await sessions.endAll(target.userId, context.get('address'));
    if (!isBearer(context, body)) clearSessionCookies(context, settings);
    return context.body(null, 204);
  });
}

/** Whether a request is of bearer mode. Other schemes, such as the password before a staging site, are no business of ours. */
function isBearer(context: RequestContext, body: string | undefined): boolean {
  return body !== undefined || /^bearer\b/i.test(context.req.header('authorization') ?? '');
}

interface Target {
  readonly sessionId: string;
  readonly userId: string;
}

/**
 * Whose session it is: by the refresh token, in a cookie or the body, or by an access token. Undefined where the session is
 * over. `forgiving`, for the end of one session: without a CSRF cookie a listed origin is enough, and any refresh token
 * that the session ever had; ending all sessions takes one that could still be used.
 */
async function findTarget(
  context: RequestContext,
  body: string | undefined,
  services: Services,
  forgiving: boolean,
): Promise<Target | undefined> {
  const { settings, store, sessions } = services;
  if (body === undefined && isBearer(context, body)) return byAccessToken(context, services);
  const credential = refreshCredential(context, body, services);
  if (credential === undefined) return byAccessToken(context, services);
  const { token, mode } = credential;
  const hasCsrfCookie = receivedCookies(context, settings).csrf.length > 0;
  const byOriginAlone = forgiving && !hasCsrfCookie && context.req.header('origin') !== undefined;
  if (mode === 'cookie' && !byOriginAlone) requireCsrfToken(context, token.sessionId, services);
  const reading = await store.readSession(token.sessionId);
  if (reading === undefined || isOver(reading.session, reading.now)) return undefined;
  if (reading.session.mode !== mode) {
    throw new ServiceError('refresh_invalid', 'This session does not log out this way.');
  }
  if (!forgiving && !isUsable(reading, token, settings.times)) {
    // A token that was superseded long ago: the refresh route decides what that means, and ends the session.
    await sessions.refresh(token, refreshFacts(context, mode, services));
  }
  return { sessionId: token.sessionId, userId: reading.user.id };
}

function isUsable(
  { session, now }: SessionReading,
  token: Parameters<typeof judge>[1],
  times: Services['settings']['times'],
): boolean {
  const policy = { minimumAge: times.refreshMinimumAge, supersededWindow: times.refreshSupersededWindow };
  const { kind } = judge(session, token, now, policy);
  return kind === 'accept' || kind === 'superseded';
}

async function byAccessToken(context: RequestContext, services: Services): Promise<Target | undefined> {
  try {
    const { session, user } = await authenticate(context, services);
    return { sessionId: session.id, userId: user.id };
  } catch (error) {
    if (error instanceof VerificationError && error.code === 'token_revoked') return undefined;
    throw error;
  }
}
