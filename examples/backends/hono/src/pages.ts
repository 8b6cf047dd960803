import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import type { Handler } from 'hono';
import { notFound } from './errors.ts';

/** The built pages: files by their names, and index.html for every other path. */
export function pages(folder: string, issuer: string): Hono {
  // The page is told at run time where Latchstring is, so that one build serves every environment.
  const index = readFileSync(join(folder, 'index.html'), 'utf8').replace('%LATCHSTRING_ISSUER%', issuer);
  const showIndex: Handler = (context) => {
    context.header('Cache-Control', 'no-cache');
    return context.html(index);
  };

  const site = new Hono();
  // The file itself does not know yet where Latchstring is.
  for (const path of ['/', '/index.html']) site.get(path, showIndex);
  site.use(
    serveStatic({
      root: folder,
      onFound(_path, context) {
        const isHashed = context.req.path.startsWith('/assets/');
        context.header('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    }),
  );
  site.get('/assets/*', notFound);
  site.get('*', showIndex);
  return site;
}
