import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROUTES } from '@latchstring/protocol';
import { freePort } from '@latchstring/testkit';
import { createLatchstring } from 'latchstring';
import type { Latchstring, LatchstringOptions } from 'latchstring';
import { closeGracefully, createNodeServer } from 'latchstring/node';

/** The Latchstring server of a test, which can be stopped and started again on its port and database. */
export interface Authentication {
  readonly issuer: string;
  readonly service: Latchstring;
  /** When a refresh has arrived, each in milliseconds of a monotonic clock. */
  readonly refreshes: readonly number[];
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and deletes its database. */
  dispose(): Promise<void>;
}

/** Starts a Latchstring server for pages of one origin, on a port and a database of its own. */
export async function startAuthentication(
  origin: string,
  overrides: Partial<LatchstringOptions> = {},
): Promise<Authentication> {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-example-'));
  const port = await freePort();
  const options: LatchstringOptions = {
    issuer: `http://localhost:${port}`,
    secret: randomBytes(32).toString('base64'),
    databaseUrl: `file:${join(folder, 'latchstring.db')}`,
    origins: [origin],
    limits: 'off',
    logLevel: 'silent',
    ...overrides,
  };
  const refreshes: number[] = [];
  let running: { readonly service: Latchstring; readonly server: Server } | undefined;

  const authentication: Authentication = {
    issuer: options.issuer,
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
    async dispose() {
      await authentication.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await authentication.start();
  return authentication;
}
