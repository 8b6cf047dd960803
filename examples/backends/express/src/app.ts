import express from 'express';
import type { Express } from 'express';
import { createApi } from './api.ts';
import { asJson, notFound } from './errors.ts';
import { securityHeaders } from './headers.ts';
import { pages } from './pages.ts';
import type { Settings } from './settings.ts';

/** The whole application: security headers, the API, and the pages that the frontend's build has made. */
export function createApp({ latchstring, pages: folder }: Pick<Settings, 'latchstring' | 'pages'>): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(securityHeaders(latchstring.issuer));
  app.use('/api', createApi(latchstring));
  app.use(pages(folder, latchstring.issuer), notFound, asJson);
  return app;
}
