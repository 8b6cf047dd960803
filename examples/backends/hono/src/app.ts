import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { createApi } from './api.ts';
import { asJson, notFound } from './errors.ts';
import { pages } from './pages.ts';
import type { Settings } from './settings.ts';

/** The whole application: security headers, the API, and the pages that the frontend's build has made. */
export function createApp({ latchstring, pages: folder }: Pick<Settings, 'latchstring' | 'pages'>): Hono {
  const { issuer } = latchstring;
  const app = new Hono();

  // For pages that load nothing but their own files, and speak to the API and to Latchstring alone.
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'", issuer],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
        // Vue makes a policy of that name. Pages of React, or of no framework, do with 'none'.
        trustedTypes: ['vue'],
      },
      permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [] },
      referrerPolicy: 'same-origin',
      strictTransportSecurity: issuer.startsWith('https:') && 'max-age=63072000; includeSubDomains',
      xFrameOptions: 'DENY',
    }),
  );

  app.route('/api', createApi(latchstring));
  app.route('/', pages(folder, issuer));
  app.notFound(notFound);
  app.onError(asJson);
  return app;
}
