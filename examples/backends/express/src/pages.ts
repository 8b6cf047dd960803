import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express from 'express';
import type { RequestHandler } from 'express';

/** The built pages: files by their hashed names, and index.html for every other path. */
export function pages(folder: string, issuer: string): RequestHandler[] {
  // The page is told at run time where Latchstring is, so that one build serves every environment.
  const index = readFileSync(join(folder, 'index.html'), 'utf8').replace('%LATCHSTRING_ISSUER%', issuer);
  return [
    (request, _response, next) => {
      // The file itself does not know yet where Latchstring is.
      if (request.path === '/index.html') request.url = '/';
      next();
    },
    express.static(folder, {
      index: false,
      redirect: false,
      setHeaders: (response, path) => {
        if (path.includes('/assets/'))
          response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
      },
    }),
    (request, response, next) => {
      if (!['GET', 'HEAD'].includes(request.method) || request.path.startsWith('/assets/')) next();
      else response.set('Cache-Control', 'no-cache').type('html').send(index);
    },
  ];
}
