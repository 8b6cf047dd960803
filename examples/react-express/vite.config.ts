import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { createApi } from './server/api.ts';
import { withIssuer } from './server/pages.ts';
import { readSettings } from './server/settings.ts';

/** In development Vite serves the pages, and the API beside them on the same port: one origin, no proxy. */
function api(): Plugin {
  const { latchstring } = readSettings(process.env);
  return {
    name: 'api',
    apply: 'serve',
    configureServer: ({ middlewares }) => void middlewares.use('/api', createApi(latchstring)),
    transformIndexHtml: (html) => withIssuer(html, latchstring.issuer),
  };
}

export default defineConfig({
  plugins: [react(), api()],
  server: { port: 5173, strictPort: true },
});
