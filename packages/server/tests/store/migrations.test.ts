import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { DIALECTS, emptyDatabase } from './databases.ts';
import type { TestDatabase } from './databases.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('opening-process.ts', import.meta.url));

describe.each(DIALECTS)('the schema on %s', (dialect) => {
  let database: TestDatabase | undefined;
  afterEach(() => database?.drop());
  const empty = async (): Promise<TestDatabase> => (database = await emptyDatabase(dialect));

  it('is made once when three processes start at once on an empty database', async () => {
    const { url, sql } = await empty();
    const processes = [1, 2, 3].map(() =>
      run(process.execPath, ['--conditions=latchstring-source', PROGRAM, url]),
    );
    const answers = await Promise.all(processes);
    // The epoch is random: the same in all three means that one of them made it.
    expect(new Set(answers.map(({ stdout }) => stdout)).size).toBe(1);
    expect(answers[0]?.stdout).toMatch(/"seq":0/);
    const { length } = await sql('select name from latchstring_migrations');
    expect(length).toBeGreaterThan(0);
  });

  it('is left alone where it is newer than the program', async () => {
    const { url, sql } = await empty();
    await (await openStore({ url, accessTokenLifetime: 1000 })).close();
    await sql(
      'insert into latchstring_migrations (name, timestamp) values (?, ?)',
      '9999-later',
      '2030-01-01T00:00:00Z',
    );
    const store = await openStore({ url, accessTokenLifetime: 1000 });
    expect(await store.listUsers()).toEqual([]);
    await store.close();
  });

  it('can hold no two current keys, no two users with one email, no session without a user', async () => {
    const { url, sql } = await empty();
    await (await openStore({ url, accessTokenLifetime: 1000 })).close();
    const key = (kid: string, state: string) =>
      sql(
        `insert into signing_keys (kid, algorithm, state, public_jwk, encrypted_private_key, created_at)
           values (?, 'ES256', ?, '{}', ?, 0)`,
        kid,
        state,
        Buffer.alloc(0),
      );
    await key('a', 'current');
    await key('b', 'next');
    await key('c', 'retired');
    await key('d', 'retired');
    await expect(key('e', 'current')).rejects.toThrow();
    await expect(key('f', 'next')).rejects.toThrow();
    const user = (id: string) =>
      sql(
        `insert into users (id, email, email_verified, password_hash, password_version, roles, created_at)
           values (?, 'a@example.org', 0, '', 1, '[]', 0)`,
        id,
      );
    await user('01890000-0000-7000-8000-000000000001');
    await expect(user('01890000-0000-7000-8000-000000000002')).rejects.toThrow();
    await expect(
      sql(
        `insert into sessions (id, user_id, mode, version, generation, nonce, created_at, last_used_at, idle_expires_at,
             expires_at, user_agent, ip, authenticated_at, methods)
           values (?, ?, 'cookie', 1, 0, ?, 0, 0, 0, 0, '', '', 0, '[]')`,
        '01890000-0000-7000-8000-000000000003',
        '01890000-0000-7000-8000-000000000004',
        Buffer.alloc(16),
      ),
    ).rejects.toThrow();
  });
});

describe('a SQLite file', () => {
  it("is its owner's only, with its journal, and every commit is on the disk when it is answered", async () => {
    const { url, sql, drop } = await emptyDatabase('SQLite');
    const store = await openStore({ url, accessTokenLifetime: 1000 });
    await store.recordEvent({ kind: 'logout' });
    const path = url.slice('file:'.length);
    for (const name of [path, `${path}-wal`]) expect(statSync(name).mode & 0o077).toBe(0);
    expect(await sql('pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    await store.close();
    await drop();
  });
});
