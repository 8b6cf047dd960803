import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '@latchstring/testkit';
import type { PrivatePostgres } from '@latchstring/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/ports/store.ts';
import { openStore } from '../../src/store/index.ts';
import { commandEnvironment, runCommand } from '../support/command.ts';
import { createUser, login } from './databases.ts';

let server: PrivatePostgres;
let folder: string;

async function ask<Row extends pg.QueryResultRow>(statement: string): Promise<Row | undefined> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows[0];
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  server = await startPostgres();
  folder = (await ask<{ data_directory: string }>('show data_directory'))?.data_directory ?? '';
});

afterAll(() => server.stop());

test('attack 50, F4: a session is never read from a replica: not at the start, and not after a change under way', async () => {
  const options = { url: server.url, accessTokenLifetime: 900_000, statementTimeout: 2000 };
  const store = await openStore(options);
  const { session } = await login(store, await createUser(store));
  expect(await store.readSession(session.id)).toBeDefined();

  // A standby that waits for a primary: it answers reads, of whatever it has.
  await server.crash('SIGQUIT');
  writeFileSync(join(folder, 'standby.signal'), '');
  await server.start();
  expect(await ask(`select count(*)::int as sessions from sessions`)).toEqual({ sessions: 1 });

  for (let tries = 0; tries < 20; tries++) {
    await expect(store.readSession(session.id)).rejects.toBeInstanceOf(StoreUnavailableError);
  }
  await expect(store.now()).rejects.toThrow(/primary/);
  await expect(openStore(options)).rejects.toThrow(/primary/);
  const secret = 'bm9ib2R5LWVsc2UtaGFzLXRoaXMtc2VjcmV0LTEyMzQ1Njc4';
  const { code, stderr } = await runCommand(['serve', '--port', '0'], commandEnvironment(server.url, secret));
  expect(code).toBe(1);
  expect(stderr).toContain('primary');
  expect(stderr.trim().split('\n')).toHaveLength(1);

  // What takes over from the primary is one.
  await ask('select pg_promote()');
  expect(await store.readSession(session.id)).toBeDefined();
  await store.close();
}, 90_000);
