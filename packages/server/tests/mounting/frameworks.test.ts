import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import type { SessionsAnswer } from '@latchstring/protocol';
import { createLatchstring } from '../../src/main.ts';
import type { Latchstring } from '../../src/main.ts';
import { toNodeHandler } from '../../src/node.ts';
import { Agent } from '../support/agent.ts';
import { PASSWORD, createSqliteFile, testOptions } from '../support/service.ts';
import type { DatabaseUnderTest } from '../support/service.ts';

/** An application with a route of its own, GET and POST /notes, and the service beside it. */
type Application = (service: Latchstring) => Promise<Server>;

const inExpress: Application = (service) => {
  const app = express();
  app.use(toNodeHandler(service));
  app.use(express.json());
  app.get('/notes', (_request, response) => void response.json({ notes: [] }));
  app.post('/notes', (request, response) => void response.json({ got: request.body as unknown }));
  return Promise.resolve(createServer(app));
};

const inFastify: Application = async (service) => {
  const latchstring = toNodeHandler(service);
  const app = fastify();
  // Before Fastify reads the body: what is Latchstring's is answered here, and Fastify lets go of it.
  app.addHook('onRequest', (request, reply, done) => {
    const [path = ''] = request.url.split('?', 1);
    if (!service.handles(path)) {
      done();
      return;
    }
    reply.hijack();
    latchstring(request.raw, reply.raw);
  });
  app.get('/notes', () => ({ notes: [] }));
  app.post('/notes', (request) => ({ got: request.body }));
  await app.ready();
  return app.server;
};

const inHono: Application = (service) => {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (context, next) => {
    if (!service.handles(context.req.path)) return next();
    return service.fetch(context.req.raw, { remoteAddress: context.env.incoming.socket.remoteAddress });
  });
  app.get('/notes', (context) => context.json({ notes: [] }));
  app.post('/notes', async (context) => context.json({ got: await context.req.json<unknown>() }));
  const listener = getRequestListener(app.fetch);
  return Promise.resolve(createServer((request, response) => void listener(request, response)));
};

const inHttp: Application = (service) => {
  const latchstring = toNodeHandler(service);
  return Promise.resolve(
    createServer((request, response) => {
      latchstring(request, response, () => {
        let text = '';
        request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        request.on('end', () => {
          response.setHeader('content-type', 'application/json');
          response.end(text === '' ? '{"notes":[]}' : `{"got":${text}}`);
        });
      });
    }),
  );
};

describe.each<[string, Application]>([
  ['Express 5', inExpress],
  ['Fastify 5', inFastify],
  ['Hono 4', inHono],
  ['plain http', inHttp],
])('mounted in %s', (_name, build) => {
  let database: DatabaseUnderTest;
  let service: Latchstring;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    database = await createSqliteFile();
    service = await createLatchstring(testOptions({ databaseUrl: database.url }));
    server = await build(service);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await service.close();
    await database.drop();
  });

  test('C4: sign-up, session, refresh, password change and logout work', async () => {
    const agent = new Agent(url);
    const { user } = await agent.register('ada@example.com');
    expect((await agent.session()).json()).toMatchObject({ user: { id: user.id } });
    const { sessions } = (await agent.send(ROUTES.sessions)).json<SessionsAnswer>();
    expect(sessions[0]?.ip).toBe('127.0.0.1');
    expect((await agent.refresh()).status).toBe(200);
    const change = { current_password: PASSWORD, new_password: 'four slow otters under the bridge' };
    expect((await agent.post(ROUTES.passwordChange, change)).status).toBe(200);
    const copy = agent.clone();
    expect((await agent.post(ROUTES.logout)).status).toBe(204);
    expect((await copy.session()).code).toBe('token_revoked');
  });

  test('a session is ended by DELETE', async () => {
    const agent = new Agent(url);
    const { session } = await agent.register('bob@example.com');
    const end = await agent.send(`${ROUTES.sessions}/${session.id}`, { method: 'DELETE' });
    expect(end.status).toBe(204);
  });

  test('the application’s own routes keep working, with their bodies', async () => {
    const agent = new Agent(url);
    expect((await agent.send('/notes')).json()).toEqual({ notes: [] });
    expect((await agent.post('/notes', { text: 'x' })).json()).toEqual({ got: { text: 'x' } });
  });

  test('what is under /auth and not there is a problem document', async () => {
    const agent = new Agent(url);
    expect((await agent.send('/auth/v1/nothing')).code).toBe('not_found');
    expect((await agent.send(ROUTES.jwks)).status).toBe(200);
    expect((await agent.post(ROUTES.login, 'x'.repeat(20_000))).code).toBe('request_too_large');
  });
});

test('handles its own paths and no other', async () => {
  const database = await createSqliteFile();
  const service = await createLatchstring(testOptions({ databaseUrl: database.url }));
  for (const path of Object.values(ROUTES)) expect(service.handles(path)).toBe(true);
  for (const path of ['/', '/author', '/authx/v1', '/x/auth/v1/login', '/.well-known/other', '/healthzz']) {
    expect(service.handles(path)).toBe(false);
  }
  await service.close();
  await database.drop();
});
