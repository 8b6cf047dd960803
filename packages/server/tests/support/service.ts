import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '@latchstring/testkit';
import { closeGracefully, createNodeServer } from '../../src/node.ts';
import { createLatchstring } from '../../src/main.ts';
import type { Latchstring } from '../../src/main.ts';
import type { LatchstringOptions } from '../../src/config/options.ts';

/** The issuer of the services under test. They listen on a port of their own; the Host header is never looked at. */
export const ISSUER = 'http://localhost:4000';

/** An origin that is listed in their settings beside the issuer. */
export const APP_ORIGIN = 'http://localhost:5173';

/** A password that is strong enough. */
export const PASSWORD = 'seven quiet herons over the weir';

/** A database to start services on. */
export interface DatabaseUnderTest {
  readonly url: string;
  drop(): Promise<void>;
}

/** Both kinds of database; each call makes one of the test's own. */
export const DATABASES: readonly (readonly [name: string, create: () => Promise<DatabaseUnderTest>])[] = [
  ['SQLite', createSqliteFile],
  ['PostgreSQL', createDatabase],
];

/** A SQLite file in a folder of its own. */
export async function createSqliteFile(): Promise<DatabaseUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-test-'));
  return { url: `file:${join(folder, 'test.db')}`, drop: () => rm(folder, { recursive: true, force: true }) };
}

/** A service that listens on loopback, and its hands on time. */
export interface ServiceUnderTest {
  readonly service: Latchstring;
  /** Where it listens, such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Moves the database's clock, in milliseconds. Nobody sleeps. */
  advance(milliseconds: number): void;
  /** Stops it; the database stays. */
  stop(): Promise<void>;
}

/** Settings for tests: a fresh secret, no limits, silent. */
export function testOptions(overrides: Partial<LatchstringOptions> = {}): LatchstringOptions {
  return {
    issuer: ISSUER,
    secret: randomBytes(32).toString('base64'),
    origins: [APP_ORIGIN],
    limits: 'off',
    logLevel: 'silent',
    ...overrides,
  };
}

/** Starts a service on a database, over HTTP. */
export async function startService(
  database: Pick<DatabaseUnderTest, 'url'>,
  overrides: Partial<LatchstringOptions> = {},
): Promise<ServiceUnderTest> {
  let offset = 0;
  const options = testOptions({ databaseUrl: database.url, clockOffset: () => offset, ...overrides });
  const service = await createLatchstring(options);
  const server = createNodeServer(service);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    service,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    advance: (milliseconds) => (offset += milliseconds),
    async stop() {
      await closeGracefully(server, 1000);
      await service.close();
    },
  };
}
