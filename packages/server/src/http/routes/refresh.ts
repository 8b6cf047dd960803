import { createRoute } from '@hono/zod-openapi';
import { ROUTES } from '@latchstring/protocol';
import { ServiceError } from '../../domain/errors.ts';
import type { App, Services } from '../context.ts';
import { setSessionCookies } from '../cookies.ts';
import { refreshCredential, refreshFacts, requireCsrfToken } from '../refresh-credential.ts';
import { BODY_REFUSALS, jsonBody, jsonResponse, problemResponses } from '../responses.ts';
import { refreshAnswer, refreshRequest } from '../schemas.ts';
import { refreshView } from '../views.ts';

const refresh = createRoute({
  method: 'post',
  path: ROUTES.refresh,
  summary: 'Get a new access token, and where it is due a new refresh token',
  security: [{ refreshCookie: [], csrf: [] }, {}],
  request: { body: jsonBody(refreshRequest, false) },
  responses: {
    200: jsonResponse(refreshAnswer, 'A new access token. In cookie mode the tokens are in cookies only.'),
    ...problemResponses(
      ...BODY_REFUSALS,
      'credentials_ambiguous',
      'credentials_missing',
      'refresh_invalid',
      'session_ended',
      'csrf_failed',
      'refresh_superseded',
      'rate_limited',
      'overloaded',
      'database_unavailable',
    ),
  },
});

/** The refresh of a session: docs/refresh-protocol.md. */
export function addRefreshRoute(app: App, services: Services): void {
  const { sessions, settings } = services;
  app.openapi(refresh, async (context) => {
    const credential = refreshCredential(context, context.req.valid('json').refresh_token, services);
    if (credential === undefined) throw new ServiceError('credentials_missing', 'There is no refresh token.');
    const { token, mode } = credential;
    if (mode === 'cookie') requireCsrfToken(context, token.sessionId, services);
    // A refusal clears no cookies: it may arrive after a login that has set newer ones, and would log that out.
    const issued = await sessions.refresh(token, refreshFacts(context, mode, services));
    setSessionCookies(context, issued, settings);
    return context.json(refreshView(issued, settings), 200);
  });
}
