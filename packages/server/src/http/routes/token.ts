import { createHash, timingSafeEqual } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { ROUTES } from '@latchstring/protocol';
import type { AccessTokenClaims } from '@latchstring/protocol';
import { VerificationError } from '@latchstring/verifier';
import { ServiceError } from '../../domain/errors.ts';
import { admit } from '../authentication.ts';
import type { App, RequestContext, Services } from '../context.ts';
import { formBody, jsonResponse, problemResponses } from '../responses.ts';

const form = z
  .strictObject({ token: z.string().min(1).max(8192), token_type_hint: z.string().max(64).optional() })
  .openapi('TokenForm');

const introspection = z.looseObject({ active: z.boolean() }).openapi('Introspection', {
  description: 'RFC 7662 section 2.2; of a token that is not active nothing else.',
});

const revoke = createRoute({
  method: 'post',
  path: ROUTES.revoke,
  summary: 'Revoke a token (RFC 7009): a refresh token with its session, an access token by itself',
  description:
    'Needs only the token. Reads no cookies. Answers alike for a token that is worth nothing already.',
  request: { body: formBody(form) },
  responses: {
    200: { description: 'It is worth nothing any more.' },
    ...problemResponses('request_invalid', 'content_type_unsupported', 'database_unavailable'),
  },
});

const introspect = createRoute({
  method: 'post',
  path: ROUTES.introspect,
  summary: 'Ask whether an access token is good now (RFC 7662)',
  description:
    'For the user "backend" with LATCHSTRING_INTROSPECTION_SECRET as password (HTTP Basic); 404 where that is not set.',
  security: [{ backend: [] }],
  request: { body: formBody(form) },
  responses: {
    200: jsonResponse(introspection, 'What the token says, if it is active.'),
    ...problemResponses('request_invalid', 'credentials_invalid', 'not_found', 'content_type_unsupported'),
  },
});

/** What standards expect for single tokens. */
export function addTokenRoutes(app: App, services: Services): void {
  app.openapi(revoke, async (context) => {
    await revokeToken(context.req.valid('form').token, context, services);
    return context.body(null, 200);
  });

  app.openapi(introspect, async (context) => {
    requireBackend(context, services);
    const claims = await activeClaims(context.req.valid('form').token, services);
    if (claims === undefined) return context.json({ active: false }, 200);
    return context.json({ active: true, token_type: 'Bearer', ...claims }, 200);
  });
}

/** RFC 7009 section 2.2: a token that is unknown or over is no error. */
async function revokeToken(token: string, context: RequestContext, services: Services): Promise<void> {
  const { sessions, store } = services;
  if (token.startsWith('lsr_')) {
    const facts = parseQuietly(token, services);
    if (facts !== undefined) await sessions.end({ id: facts.sessionId }, 'revoked', context.get('address'));
    return;
  }
  const claims = await activeClaims(token, services);
  if (claims === undefined) return;
  await store.appendRevocations([{ kind: 'token', jti: claims.jti }], {
    kind: 'token_revoked',
    userId: claims.sub,
    sessionId: claims.sid,
    ip: context.get('address'),
  });
}

function parseQuietly(
  token: string,
  { sessions }: Services,
): ReturnType<Services['sessions']['parse']> | undefined {
  try {
    return sessions.parse(token);
  } catch {
    return undefined;
  }
}

/** The claims of an access token that every route would take now; its channel does not matter here. */
async function activeClaims(token: string, services: Services): Promise<AccessTokenClaims | undefined> {
  try {
    const claims = await services.verifier.verifyToken(token);
    await admit(claims, services);
    return claims;
  } catch (error) {
    if (error instanceof VerificationError && error.status === 401) return undefined;
    throw error;
  }
}

/** RFC 7617. Digests are compared, so that the time says nothing of the length either. */
function requireBackend(context: RequestContext, { settings }: Services): void {
  if (settings.introspectionSecret === undefined)
    throw new ServiceError('not_found', 'There is no such route.');
  const expected = `Basic ${Buffer.from(`backend:${settings.introspectionSecret}`).toString('base64')}`;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(digest(context.req.header('authorization') ?? ''), digest(expected))) {
    throw new ServiceError('credentials_invalid', 'This route is for the user "backend".', {
      challenge: 'Basic realm="introspection", charset="UTF-8"',
    });
  }
}
