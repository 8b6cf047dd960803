import { createVerifier } from '@latchstring/verifier';
import type { VerifierOptions } from '@latchstring/verifier';
import { createGuard, principalOf } from '@latchstring/verifier/express';
import express from 'express';
import type { Express } from 'express';
import { asJson, notFound } from './errors.ts';
import { createNotebooks, noteText } from './notebooks.ts';

/** The API of the application: its own data, and Latchstring's word on who asks. */
export function createApi(options: VerifierOptions): Express {
  const api = express();
  const notebooks = createNotebooks();

  // These two lines, and `guard` before a handler, are all that protects a route.
  const verifier = createVerifier(options);
  const guard = createGuard(verifier);

  api.disable('x-powered-by');
  api.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });

  // For everyone.
  api.get('/public', (_request, response) => {
    response.json({ notes: notebooks.count() });
  });

  // For whoever is logged in.
  api.get('/notes', guard.required(), (request, response) => {
    response.json({ notes: notebooks.of(principalOf(request).subject) });
  });

  // The guard has checked origin and CSRF token as well: nothing to do here.
  api.post('/notes', guard.required(), express.json({ limit: '4kb' }), (request, response) => {
    response.status(201).json(notebooks.add(principalOf(request).subject, noteText(request.body)));
  });

  // For administrators.
  api.get('/report', guard.required({ roles: ['admin'] }), (_request, response) => {
    response.json({ notes: notebooks.count(), people: notebooks.people() });
  });

  api.use(notFound, asJson);
  return api;
}
