import { OpenAPIHono } from '@hono/zod-openapi';
import { EXPOSED_HEADERS, HEADERS } from '@latchstring/protocol';
import { parseStrictJson } from '@latchstring/verifier';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import type { MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import { isLocalhostOrigin } from '@latchstring/protocol';
import { ServiceError } from '../domain/errors.ts';
import { clientAddress } from './address.ts';
import type { App, HttpEnvironment, Services } from './context.ts';
import { clearSessionCookies, isCookieBomb } from './cookies.ts';
import { addOpenApiDocument } from './openapi.ts';
import { answerError } from './problems.ts';
import { addAccountRoutes } from './routes/accounts.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addLogoutRoutes } from './routes/logout.ts';
import { addRefreshRoute } from './routes/refresh.ts';
import { addSessionRoutes } from './routes/sessions.ts';
import { addWellKnownRoutes } from './routes/well-known.ts';

/** The largest body of any route, in bytes. */
const BODY_BYTES = 16 * 1024;

/** The whole HTTP interface as one application: middleware first, then a group of routes a file. */
export function createApp(services: Services, version: string): App {
  const app: App = new OpenAPIHono<HttpEnvironment>({
    defaultHook(result) {
      if (result.success) return;
      // Names of fields and what is wrong with them, never their values.
      const issues = result.error.issues.map(
        ({ path, message }) => `${path.join('.') || 'body'}: ${message}`,
      );
      throw new ServiceError('request_invalid', issues.join('; ').slice(0, 500));
    },
  });
  app.onError((error, context) => answerError(error, context, services));
  app.notFound((context) =>
    answerError(new ServiceError('not_found', 'There is no such route.'), context, services),
  );
  app.use(observe(services), securityHeaders(services), crossOrigin(services), boundCookies(services));
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES,
      onError: () => {
        throw new HTTPException(413);
      },
    }),
    strictJson,
  );
  addHealthRoutes(app, services);
  addWellKnownRoutes(app, services);
  addAccountRoutes(app, services);
  addRefreshRoute(app, services);
  addLogoutRoutes(app, services);
  addSessionRoutes(app, services);
  addOpenApiDocument(app, services, version);
  return app;
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
    await next();
    context.header(HEADERS.traceId, traceId);
    log.info(
      {
        trace_id: traceId,
        method: context.req.method,
        path: context.req.path.slice(0, 200),
        status: context.res.status,
        code: context.get('refusal'),
        ms: Math.round(performance.now() - startedAt),
      },
      'request',
    );
  };
}

/** B5. The interface serves no page, so its policy allows nothing; every answer is private unless a route says otherwise. */
function securityHeaders({ settings }: Services): MiddlewareHandler<HttpEnvironment> {
  const headers = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
    },
    strictTransportSecurity: isLocalhostOrigin(settings.issuer)
      ? false
      : 'max-age=63072000; includeSubDomains',
    xFrameOptions: 'DENY',
    xXssProtection: false,
    referrerPolicy: 'no-referrer',
    // Pages on listed origins read the answers; CORS decides which.
    crossOriginResourcePolicy: 'cross-origin',
  });
  return async (context, next) => {
    await headers(context, next);
    // Attack 69: no cache, shared or not, keeps an answer that belongs to one person.
    if (!context.res.headers.has('Cache-Control')) context.header('Cache-Control', 'no-store');
  };
}

/** B4: the exact list, with credentials. */
function crossOrigin({ settings }: Services): MiddlewareHandler<HttpEnvironment> {
  return cors({
    origin: (origin) => (settings.origins.has(origin) ? origin : null),
    credentials: true,
    allowMethods: ['GET', 'POST', 'DELETE'],
    allowHeaders: ['Content-Type', 'Authorization', 'X-CSRF-Token'],
    exposeHeaders: [...EXPOSED_HEADERS],
    maxAge: 600,
  });
}

/** Attack 66: a browser whose cookie jar was filled by another host gets rid of it, instead of being locked out. */
function boundCookies({ settings }: Services): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    if (isCookieBomb(context.req.header('cookie'))) {
      clearSessionCookies(context, settings);
      context.header('Clear-Site-Data', '"cookies"');
      throw new ServiceError(
        'request_too_large',
        'The cookies are too large. They have been cleared: try again.',
      );
    }
    await next();
  };
}

/** Attacks 33, 35, 37, 97: what two parsers would read in two ways is not read at all. */
const strictJson: MiddlewareHandler<HttpEnvironment> = async (context, next) => {
  if (context.req.method === 'POST' && context.req.header('content-type') !== undefined) {
    parseStrictJson(new Uint8Array(await context.req.arrayBuffer()));
  }
  await next();
};
