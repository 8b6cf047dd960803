import { createRoute, z } from '@hono/zod-openapi';
import { HEADERS, ROUTES, cookieNames } from '@latchstring/protocol';
import type { App, Services } from './context.ts';
import { jsonResponse, problemResponses } from './responses.ts';
import { allowCaching } from './security-headers.ts';

const description = createRoute({
  method: 'get',
  path: ROUTES.openapi,
  summary: 'This description',
  responses: {
    200: jsonResponse(z.record(z.string(), z.unknown()), 'An OpenAPI 3.1 document.'),
    ...problemResponses(),
  },
});

/** Serves the description of the interface, generated from the routes themselves (OpenAPI 3.1). */
export function addOpenApiDocument(app: App, { settings }: Services, version: string): void {
  const names = cookieNames(settings);
  const schemes = {
    cookie: {
      type: 'apiKey',
      in: 'cookie',
      name: names.access,
      description: 'The access token, in cookie mode.',
    },
    refreshCookie: {
      type: 'apiKey',
      in: 'cookie',
      name: names.refresh,
      description: 'The refresh token, in cookie mode.',
    },
    csrf: {
      type: 'apiKey',
      in: 'header',
      name: HEADERS.csrf,
      description: `The value of the cookie ${names.csrf}.`,
    },
    backend: {
      type: 'http',
      scheme: 'basic',
      description: 'The user "backend" with LATCHSTRING_INTROSPECTION_SECRET.',
    },
    bearer: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'The access token, in bearer mode.',
    },
  } as const;
  for (const [name, scheme] of Object.entries(schemes)) {
    app.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  }
  let document: Record<string, unknown> | undefined;
  app.openapi(description, (context) => {
    document ??= { ...app.getOpenAPI31Document(frame(settings.issuer, version)) };
    allowCaching(context, 300);
    return context.json(document, 200);
  });
}

function frame(issuer: string, version: string): Parameters<App['getOpenAPI31Document']>[0] {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Latchstring',
      version,
      description:
        'Sign-up, login, refresh, logout and sessions. Errors are problem documents (RFC 9457) with a stable code.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: issuer }],
  };
}
