import { afterAll, beforeAll } from 'vitest';
import type { LatchstringOptions } from '../../src/config/options.ts';
import { Agent } from './agent.ts';
import { createSqliteFile, startService } from './service.ts';
import type { DatabaseUnderTest, ServiceUnderTest } from './service.ts';

/** A service for all tests of a file or a `describe`. Its members can be read inside tests only. */
export interface SharedService extends Pick<ServiceUnderTest, 'service' | 'url' | 'advance'> {
  readonly database: DatabaseUnderTest;
  /** What it has logged so far, a line each. */
  readonly log: readonly string[];
  agent(): Agent;
  /** An address that no other test uses. */
  email(): string;
}

/** Starts a service on SQLite before the tests and stops it after them. */
export function useService(overrides: Partial<LatchstringOptions> = {}): SharedService {
  const log: string[] = [];
  let database: DatabaseUnderTest;
  let under: ServiceUnderTest;
  let people = 0;
  beforeAll(async () => {
    database = await createSqliteFile();
    under = await startService(database, { logTo: { write: (line) => log.push(line) }, ...overrides });
  });
  afterAll(async () => {
    await under.stop();
    await database.drop();
  });
  return {
    log,
    get database() {
      return database;
    },
    get service() {
      return under.service;
    },
    get url() {
      return under.url;
    },
    advance: (milliseconds) => under.advance(milliseconds),
    agent: () => {
      const { issuer, cookieDomain } = under.service.settings;
      return new Agent(under.url, { issuer, cookieDomain });
    },
    email: () => `person-${++people}@example.com`,
  };
}
