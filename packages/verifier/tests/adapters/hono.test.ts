import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { describe, expect, it } from 'vitest';
import { createGuard } from '../../src/adapters/hono/index.ts';
import { APP, token, verifierOf } from '../support.ts';
import { describeAdapter } from './contract.ts';

describeAdapter('Hono', ({ verifier, onRefusal }) => {
  const guard = createGuard(verifier, { onRefusal });
  const app = new Hono();
  app.use(cors({ origin: APP, credentials: true, exposeHeaders: ['X-Own'] }));
  app.on(['GET', 'POST'], '/me', guard.required(), (c) => c.json({ subject: c.get('principal').subject }));
  app.get('/admin', guard.required({ roles: ['admin'] }), (c) =>
    c.json({ subject: c.var.principal.subject }),
  );
  app.get('/open', guard.required({ onStale: 'open' }), (c) => c.json({ subject: c.var.principal.subject }));
  app.get('/maybe', guard.optional({ onStale: 'open' }), (c) =>
    c.json({ subject: c.get('principal')?.subject ?? null }),
  );
  return Promise.resolve(createServer(getRequestListener(app.fetch) as never));
});

describe('the guard of Hono', () => {
  it('protects a whole path, without a server', async () => {
    const guard = createGuard(verifierOf());
    const app = new Hono().use('/api/*', guard.required()).get('/api/me', (c) => c.text('in'));
    expect((await app.request('/api/me')).status).toBe(401);
    const authorization = `Bearer ${token()}`;
    expect((await app.request('/api/me', { headers: { authorization } })).status).toBe(200);
    const twice = new Headers([
      ['authorization', authorization],
      ['authorization', authorization],
    ]);
    expect((await app.request('/api/me', { headers: twice })).status).toBe(400);
  });
});
