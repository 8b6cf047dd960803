import { createRoute } from '@hono/zod-openapi';
import { ROUTES } from '@latchstring/protocol';
import type { SessionMode } from '@latchstring/protocol';
import { AUTHENTICATION_REFUSALS, authenticate } from '../authentication.ts';
import type { App, RequestContext, Services } from '../context.ts';
import { receivedDevices, setDeviceCookie, setSessionCookies } from '../cookies.ts';
import { deviceFacts } from '../device.ts';
import { requireListedOrigin } from '../origin.ts';
import { BODY_REFUSALS, jsonBody, jsonResponse, problemResponses } from '../responses.ts';
import {
  loginAnswer,
  loginRequest,
  passwordChangeRequest,
  refreshAnswer,
  registerRequest,
} from '../schemas.ts';
import { loginView, refreshView } from '../views.ts';
import type { Issued } from '../../domain/issuing.ts';
import type { User } from '../../domain/user.ts';
import { replacedSessions } from '../refresh-credential.ts';

const register = createRoute({
  method: 'post',
  path: ROUTES.register,
  summary: 'Create an account and open a session',
  request: { body: jsonBody(registerRequest, true) },
  responses: {
    201: jsonResponse(
      loginAnswer,
      'The account and its first session. In cookie mode the tokens are in cookies only.',
    ),
    ...problemResponses(
      ...BODY_REFUSALS,
      'password_too_weak',
      'credentials_invalid',
      'csrf_failed',
      'email_taken',
      'rate_limited',
      'overloaded',
      'database_unavailable',
    ),
  },
});

const login = createRoute({
  method: 'post',
  path: ROUTES.login,
  summary: 'Log in with email and password',
  request: { body: jsonBody(loginRequest, true) },
  responses: {
    200: jsonResponse(loginAnswer, 'A new session. In cookie mode the tokens are in cookies only.'),
    ...problemResponses(
      ...BODY_REFUSALS,
      'credentials_invalid',
      'csrf_failed',
      'rate_limited',
      'overloaded',
      'database_unavailable',
    ),
  },
});

const changePassword = createRoute({
  method: 'post',
  path: ROUTES.passwordChange,
  summary: 'Change the password; ends all other sessions',
  security: [{ cookie: [], csrf: [] }, { bearer: [] }],
  request: { body: jsonBody(passwordChangeRequest, true) },
  responses: {
    200: jsonResponse(
      refreshAnswer,
      'This session goes on, with a new access token; earlier ones are outdated.',
    ),
    ...problemResponses(
      ...BODY_REFUSALS,
      ...AUTHENTICATION_REFUSALS,
      'password_too_weak',
      'credentials_invalid',
      'session_ended',
      'rate_limited',
      'overloaded',
    ),
  },
});

/** Registration, login, password change. */
export function addAccountRoutes(app: App, services: Services): void {
  const { accounts, sessions, issue, settings } = services;

  const answer = (context: RequestContext, issued: Issued): ReturnType<typeof loginView> => {
    setSessionCookies(context, issued, settings);
    return loginView(issued, settings);
  };

  /** Opens a session. One that the browser still has cookies of ends with them: nobody could end it there any more (attack 63). */
  const logIn = async (context: RequestContext, user: User, mode: SessionMode): Promise<Issued> => {
    const issued = await sessions.open(user, mode, deviceFacts(context), ['pwd']);
    const replaced = mode === 'cookie' ? replacedSessions(context, services) : [];
    for (const id of replaced) await sessions.end({ id }, 'replaced', context.get('address'));
    return issued;
  };

  app.openapi(register, async (context) => {
    const { mode = 'cookie', ...registration } = context.req.valid('json');
    requireListedOrigin(context, settings.origins, mode);
    const user = await accounts.create(registration, context.get('address'));
    return context.json(answer(context, await logIn(context, user, mode)), 201);
  });

  app.openapi(login, async (context) => {
    const { email, password, mode = 'cookie' } = context.req.valid('json');
    requireListedOrigin(context, settings.origins, mode);
    const devices = mode === 'cookie' ? receivedDevices(context, settings) : [];
    const user = await accounts.verifyPassword(email, password, context.get('address'), devices);
    const issued = await logIn(context, user, mode);
    if (mode === 'cookie') setDeviceCookie(context, accounts.deviceOf(user, devices), settings);
    return context.json(answer(context, issued), 200);
  });

  app.openapi(changePassword, async (context) => {
    const authenticated = await authenticate(context, services);
    const { current_password: current, new_password: next } = context.req.valid('json');
    const kept = await accounts.changePassword(authenticated, current, next, context.get('address'));
    const issued = await issue(kept, undefined);
    setSessionCookies(context, issued, settings);
    return context.json(refreshView(issued, settings), 200);
  });
}
