import { createServer } from 'node:http';
import express, { type RequestHandler } from 'express';
import { expect, it } from 'vitest';
import { createGuard, principalOf } from '../../src/adapters/express/index.ts';
import { APP } from '../support.ts';
import { describeAdapter } from './contract.ts';

const cors: RequestHandler = (request, response, next) => {
  response.set({ 'Access-Control-Allow-Origin': APP, 'Access-Control-Allow-Credentials': 'true' });
  response.set('Access-Control-Expose-Headers', 'X-Own');
  if (request.method === 'OPTIONS') response.sendStatus(204);
  else next();
};

describeAdapter('Express', ({ verifier, onRefusal }) => {
  const guard = createGuard(verifier, { onRefusal });
  const app = express();
  app.use(cors);
  const answer: RequestHandler = (request, response) => {
    response.json({ subject: principalOf(request).subject });
  };
  app.get('/me', guard.required(), answer);
  app.post('/me', guard.required(), answer);
  app.get('/admin', guard.required({ roles: ['admin'] }), answer);
  app.get('/open', guard.required({ onStale: 'open' }), answer);
  app.get('/maybe', guard.optional({ onStale: 'open' }), (request, response) => {
    response.json({ subject: request.principal?.subject ?? null });
  });
  return Promise.resolve(createServer(app));
});

it('principalOf throws on a route that no guard protects', () => {
  expect(() => principalOf({})).toThrow(TypeError);
});
