import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROUTES } from '@latchstring/protocol';
import { freePort } from '@latchstring/testkit';
import react from '@vitejs/plugin-react';
import { createLatchstring } from 'latchstring';
import type { Latchstring, LatchstringOptions } from 'latchstring';
import { closeGracefully, createNodeServer } from 'latchstring/node';
import { build, defaultClientConditions } from 'vite';
import { createApp } from '../../server/app.ts';

/** The Latchstring server of a test, which can be stopped and started again on its port and database. */
interface Authentication {
  readonly service: Latchstring;
  /** When a refresh has arrived, each in milliseconds of a monotonic clock. */
  readonly refreshes: readonly number[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The example as `npm start` runs it, on ports of its own: the built pages, the API, and Latchstring. */
export interface Example {
  /** Where the application is. */
  readonly url: string;
  readonly issuer: string;
  readonly authentication: Authentication;
  /** Moves the clocks of Latchstring and of the API, in milliseconds. The browser's stays. */
  advance(milliseconds: number): void;
  stop(): Promise<void>;
}

/** Starts the example. */
export async function startExample(overrides: Partial<LatchstringOptions> = {}): Promise<Example> {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-example-'));
  const [port, appPort] = [await freePort(), await freePort()];
  const [issuer, url] = [`http://localhost:${port}`, `http://localhost:${appPort}`];
  let offset = 0;

  const authentication = createAuthentication(port, {
    issuer,
    secret: randomBytes(32).toString('base64'),
    databaseUrl: `file:${join(folder, 'latchstring.db')}`,
    origins: [url],
    limits: 'off',
    logLevel: 'silent',
    clockOffset: () => offset,
    ...overrides,
  });
  await authentication.start();

  const dist = join(folder, 'dist');
  await buildPages(dist);
  const now = (): number => (Date.now() + offset) / 1000;
  // To the feed of revocations a quarter of an hour at once is a machine that slept: its routes would close for a moment.
  const revocations = { onStale: 'open' } as const;
  const latchstring = { issuer, audience: issuer, origins: [url], clockTolerance: 0, now, revocations };
  const app = createApp({ latchstring }, dist).listen(appPort, '127.0.0.1');
  await once(app, 'listening');

  return {
    url,
    issuer,
    authentication,
    advance: (milliseconds) => (offset += milliseconds),
    async stop() {
      await closeGracefully(app, 1000);
      await authentication.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function createAuthentication(port: number, options: LatchstringOptions): Authentication {
  const refreshes: number[] = [];
  let running: { readonly service: Latchstring; readonly server: Server } | undefined;

  return {
    refreshes,
    get service() {
      if (!running) throw new Error('The Latchstring server does not run.');
      return running.service;
    },
    async start() {
      const service = await createLatchstring(options);
      const server = createNodeServer({
        ...service,
        fetch(request, connection) {
          const isRefresh = request.method === 'POST' && new URL(request.url).pathname === ROUTES.refresh;
          if (isRefresh) refreshes.push(performance.now());
          return service.fetch(request, connection);
        },
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      running = { service, server };
    },
    async stop() {
      if (!running) return;
      const { server, service } = running;
      running = undefined;
      await closeGracefully(server, 1000);
      await service.close();
    },
  };
}

// As `npm run build` does, but from the sources of the packages.
async function buildPages(outDir: string): Promise<void> {
  await build({
    configFile: false,
    root: join(import.meta.dirname, '../..'),
    logLevel: 'error',
    plugins: [react()],
    resolve: { conditions: ['latchstring-source', ...defaultClientConditions] },
    build: { outDir, emptyOutDir: true },
  });
}
