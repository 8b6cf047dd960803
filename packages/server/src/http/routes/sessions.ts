import { createRoute } from '@hono/zod-openapi';
import { ROUTES } from '@latchstring/protocol';
import { ServiceError } from '../../domain/errors.ts';
import { AUTHENTICATION_REFUSALS, authenticate, remainingSeconds } from '../authentication.ts';
import type { App, Services } from '../context.ts';
import { clearSessionCookies } from '../cookies.ts';
import { deviceName } from '../device.ts';
import { jsonResponse, problemResponses } from '../responses.ts';
import { sessionAnswer, sessionParameters, sessionsAnswer } from '../schemas.ts';
import { refreshPolicyView, sessionView, timestamp, userView } from '../views.ts';

const refusals = problemResponses(...AUTHENTICATION_REFUSALS);
const security = [{ cookie: [] }, { bearer: [] }];

const show = createRoute({
  method: 'get',
  path: ROUTES.session,
  summary: 'Who am I',
  security,
  responses: { 200: jsonResponse(sessionAnswer, 'The person and the session of this request.'), ...refusals },
});

const list = createRoute({
  method: 'get',
  path: ROUTES.sessions,
  summary: 'The sessions of this person',
  security,
  responses: {
    200: jsonResponse(sessionsAnswer, 'The sessions that are not over, the last used first, at most 100.'),
    ...refusals,
  },
});

const end = createRoute({
  method: 'delete',
  path: `${ROUTES.sessions}/{id}`,
  summary: 'End one of the sessions of this person',
  security: [{ cookie: [], csrf: [] }, { bearer: [] }],
  request: { params: sessionParameters },
  responses: {
    204: { description: 'It is over.' },
    ...problemResponses(...AUTHENTICATION_REFUSALS, 'not_found', 'request_invalid'),
  },
});

/** A person's own sessions. */
export function addSessionRoutes(app: App, services: Services): void {
  const { sessions, settings } = services;

  app.openapi(show, async (context) => {
    const authenticated = await authenticate(context, services);
    return context.json(
      {
        user: userView(authenticated.user),
        session: sessionView(authenticated.session),
        access_token_expires_in: remainingSeconds(authenticated),
        refresh: refreshPolicyView(settings),
      },
      200,
    );
  });

  app.openapi(list, async (context) => {
    const { session: own, user } = await authenticate(context, services);
    const all = await sessions.list(user.id);
    const views = all.map((session) => ({
      id: session.id,
      current: session.id === own.id,
      created_at: timestamp(session.createdAt),
      last_used_at: timestamp(session.lastUsedAt),
      device: deviceName(session.device.userAgent),
      ip: session.device.ip,
    }));
    return context.json({ sessions: views }, 200);
  });

  app.openapi(end, async (context) => {
    const { session: own, user } = await authenticate(context, services);
    const { id } = context.req.valid('param');
    // Another's session is answered like one that is not there.
    if ((await sessions.read(id))?.user.id !== user.id)
      throw new ServiceError('not_found', 'You have no such session.');
    await sessions.end({ id, userId: user.id }, 'ended_by_person', context.get('address'));
    if (id === own.id) clearSessionCookies(context, settings);
    return context.body(null, 204);
  });
}
