import { createRoute, z } from '@hono/zod-openapi';
import { JWKS_MAX_AGE, ROUTES } from '@latchstring/protocol';
import type { App, Services } from '../context.ts';
import { jsonResponse, problemResponses } from '../responses.ts';
import { allowCaching } from '../security-headers.ts';

const keySet = z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).openapi('JsonWebKeySet');
const metadata = z.record(z.string(), z.unknown()).openapi('ServerMetadata');

const jwks = createRoute({
  method: 'get',
  path: ROUTES.jwks,
  summary: 'The public keys (RFC 7517)',
  responses: { 200: jsonResponse(keySet, 'Verifiers may keep it for five minutes.'), ...problemResponses() },
});

const server = createRoute({
  method: 'get',
  path: ROUTES.metadata,
  summary: 'What this server is and where its keys are (RFC 8414)',
  responses: { 200: jsonResponse(metadata, 'Authorization server metadata.'), ...problemResponses() },
});

/** What backends find by the issuer alone. Public, and the same for everyone. */
export function addWellKnownRoutes(app: App, { keys, settings }: Services): void {
  app.openapi(jwks, (context) => {
    const document = { keys: keys.keySet().keys.map((key) => ({ ...key })) };
    allowCaching(context, JWKS_MAX_AGE);
    return context.json(document, 200);
  });

  app.openapi(server, (context) => {
    // RFC 8414 section 2: response_types_supported is required, and empty as long as there is no authorization endpoint.
    const document = {
      issuer: settings.issuer,
      jwks_uri: settings.issuer + ROUTES.jwks,
      response_types_supported: [],
    };
    allowCaching(context, JWKS_MAX_AGE);
    return context.json(document, 200);
  });
}
