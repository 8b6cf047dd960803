import { createVerifier } from '@latchstring/verifier';
import type { VerifierOptions } from '@latchstring/verifier';
import { createGuard } from '@latchstring/verifier/hono';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { notFound, tooLarge } from './errors.ts';
import { createNotebooks, noteText } from './notebooks.ts';

/** The API of the application: its own data, and Latchstring's word on who asks. */
export function createApi(options: VerifierOptions): Hono {
  const api = new Hono();
  const notebooks = createNotebooks();

  // These two lines, and `guard` before a handler, are all that protects a route.
  const verifier = createVerifier(options);
  const guard = createGuard(verifier);

  api.use(async (context, next) => {
    context.header('Cache-Control', 'no-store');
    await next();
  });

  // For everyone.
  api.get('/public', (context) => context.json({ notes: notebooks.count() }));

  // For whoever is logged in.
  api.get('/notes', guard.required(), (context) =>
    context.json({ notes: notebooks.of(context.get('principal').subject) }),
  );

  // The guard has checked origin and CSRF token as well: nothing to do here.
  api.post('/notes', guard.required(), bodyLimit({ maxSize: 4096, onError: tooLarge }), async (context) => {
    const text = noteText(await context.req.json().catch(() => undefined));
    return context.json(notebooks.add(context.get('principal').subject, text), 201);
  });

  // For administrators.
  api.get('/report', guard.required({ roles: ['admin'] }), (context) =>
    context.json({ notes: notebooks.count(), people: notebooks.people() }),
  );

  api.all('*', notFound);
  return api;
}
