import { createRoute, z } from '@hono/zod-openapi';
import { ROUTES } from '@latchstring/protocol';
import type { App, Services } from '../context.ts';
import { jsonResponse, problemResponses } from '../responses.ts';

const status = z.object({ status: z.literal('ok') }).openapi('Health');

const health = createRoute({
  method: 'get',
  path: ROUTES.health,
  summary: 'Whether the process runs',
  responses: { 200: jsonResponse(status, 'It runs. The database was not asked.'), ...problemResponses() },
});

const ready = createRoute({
  method: 'get',
  path: ROUTES.ready,
  summary: 'Whether it can serve: the database answers and a key signs',
  responses: { 200: jsonResponse(status, 'It can.'), ...problemResponses('database_unavailable') },
});

/** For balancers and supervisors. */
export function addHealthRoutes(app: App, { store, keys }: Services): void {
  app.openapi(health, (context) => context.json({ status: 'ok' as const }, 200));

  app.openapi(ready, async (context) => {
    await store.now();
    await keys.signer();
    return context.json({ status: 'ok' as const }, 200);
  });
}
