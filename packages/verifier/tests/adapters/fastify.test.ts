import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { guard, principalOf } from '../../src/adapters/fastify/index.ts';
import { APP, token, verifierOf } from '../support.ts';
import { describeAdapter } from './contract.ts';

describeAdapter('Fastify', async ({ verifier, onRefusal }) => {
  const app = fastify();
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'access-control-allow-origin': APP, 'access-control-allow-credentials': 'true' });
    reply.header('access-control-expose-headers', 'X-Own');
    return request.method === 'OPTIONS' ? reply.code(204).send() : undefined;
  });
  await app.register(guard, { verifier, onRefusal });
  app.options('/me', () => undefined);
  app.route({
    method: ['GET', 'POST'],
    url: '/me',
    onRequest: app.guard.required(),
    handler: (request) => ({ subject: principalOf(request).subject }),
  });
  app.get('/admin', { onRequest: app.guard.required({ roles: ['admin'] }) }, (request) => ({
    subject: principalOf(request).subject,
  }));
  app.get('/open', { onRequest: app.guard.required({ onStale: 'open' }) }, (request) => ({
    subject: principalOf(request).subject,
  }));
  app.get('/maybe', { onRequest: app.guard.optional({ onStale: 'open' }) }, (request) => ({
    subject: request.principal?.subject ?? null,
  }));
  await app.ready();
  return app.server;
});

describe('the plugin of Fastify', () => {
  it('protects a whole scope with one hook, and works under inject', async () => {
    const app = fastify();
    await app.register(guard, { verifier: verifierOf() });
    await app.register((scope, _options, done) => {
      scope.addHook('onRequest', scope.guard.required());
      scope.get('/inside', (request) => ({ mode: request.principal?.mode }));
      done();
    });
    app.get('/outside', (request) => ({ principal: request.principal ?? null }));
    const headers = { authorization: `Bearer ${token()}` };
    expect((await app.inject({ url: '/inside' })).statusCode).toBe(401);
    expect((await app.inject({ url: '/inside', headers })).json()).toEqual({ mode: 'bearer' });
    expect((await app.inject({ url: '/outside', headers })).json()).toEqual({ principal: null });
  });
});
