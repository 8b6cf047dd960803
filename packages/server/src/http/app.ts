import { OpenAPIHono } from '@hono/zod-openapi';
import type { z } from '@hono/zod-openapi';
import { HEADERS, ROUTES } from '@latchstring/protocol';
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { ServiceError } from '../domain/errors.ts';
import { clientAddress } from './address.ts';
import { jsonOnly } from './body.ts';
import type { App, HttpEnvironment, Services } from './context.ts';
import { clearSessionCookies, isCookieBomb } from './cookies.ts';
import { crossOrigin } from './cross-origin.ts';
import { addOpenApiDocument } from './openapi.ts';
import { answerError } from './problems.ts';
import { addAccountRoutes } from './routes/accounts.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addLogoutRoutes } from './routes/logout.ts';
import { addRefreshRoute } from './routes/refresh.ts';
import { addRevocationRoute } from './routes/revocations.ts';
import { addTokenRoutes } from './routes/token.ts';
import { addSessionRoutes } from './routes/sessions.ts';
import { addWellKnownRoutes } from './routes/well-known.ts';
import { securityHeaders } from './security-headers.ts';

/** The whole HTTP interface as one application: middleware first, then a group of routes a file. */
export function createApp(services: Services, version: string): App {
  const app: App = new OpenAPIHono<HttpEnvironment>({
    defaultHook(result) {
      if (result.success) return;
      throw new ServiceError('request_invalid', describeIssues(result.error.issues));
    },
  });
  app.onError((error, context) => answerError(error, context, services));
  app.notFound((context) =>
    answerError(new ServiceError('not_found', 'There is no such route.'), context, services),
  );
  app.use(
    observe(services),
    secure(services),
    crossOrigin(services),
    boundCookies(services),
    shed(services),
    jsonOnly,
  );
  addHealthRoutes(app, services);
  addWellKnownRoutes(app, services);
  addAccountRoutes(app, services);
  addRefreshRoute(app, services);
  addLogoutRoutes(app, services);
  addSessionRoutes(app, services);
  addRevocationRoute(app, services);
  addTokenRoutes(app, services);
  addOpenApiDocument(app, services, version);
  return app;
}

/** Names of a route's own fields and what is wrong with them: never a value, nor a name that the client made up. */
function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  const sentences = issues.map(({ code, path, message }) =>
    code === 'unrecognized_keys'
      ? 'body: has a field that this route does not take'
      : `${path.join('.') || 'body'}: ${message}`,
  );
  return sentences.join('; ').slice(0, 500);
}

/** Names the request, finds the client's address and logs the outcome: no query, no header, no body. */
function observe({ log, settings }: Services): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    const startedAt = performance.now();
    const traceId = crypto.randomUUID();
    context.set('traceId', traceId);
    context.set('arrivedAt', startedAt);
    const forwardedFor = context.req.header('x-forwarded-for');
    context.set('address', clientAddress(context.env.remoteAddress, forwardedFor, settings.trustedProxies));
    context.header(HEADERS.traceId, traceId);
    await next();
    log.info(
      {
        trace_id: traceId,
        method: context.req.method,
        // As it was declared: a path that a client made up may hold anything.
        route: routePath(context, -1),
        status: context.res.status,
        code: context.get('refusal'),
        ms: Math.round(performance.now() - startedAt),
      },
      'request',
    );
  };
}

/** B5. Set before the answer is made: Hono makes it anew for every header that comes later. */
function secure({ settings }: Services): MiddlewareHandler<HttpEnvironment> {
  const headers = Object.entries(securityHeaders(settings.issuer));
  return (context, next) => {
    for (const [name, value] of headers) context.header(name, value);
    return next();
  };
}

/** Attack 66: a browser whose cookie jar was filled by another host gets rid of it, instead of being locked out. */
function boundCookies({ settings }: Services): MiddlewareHandler<HttpEnvironment> {
  return (context, next) => {
    if (isCookieBomb(context.req.header('cookie'))) {
      clearSessionCookies(context, settings);
      context.header('Clear-Site-Data', '"cookies"');
      throw new ServiceError(
        'request_too_large',
        'The cookies are too large. They have been cleared: try again.',
      );
    }
    return next();
  };
}

/** Routes that hash a password of whoever asks. */
const HASHING: ReadonlySet<string> = new Set([ROUTES.login, ROUTES.register]);

/** Attack 94: what a storm brings too much is refused before its body is read, so that it costs the others nothing. */
function shed({ accounts }: Services): MiddlewareHandler<HttpEnvironment> {
  return ({ req }, next) => {
    if (req.method === 'POST' && HASHING.has(req.path)) accounts.requireCapacity();
    return next();
  };
}
