import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/ports/store.ts';
import type { Store } from '../../src/ports/store.ts';
import { translate } from '../../src/store/failures.ts';
import { openStore } from '../../src/store/index.ts';
import { createPostgresRefresh } from '../../src/store/refresh-postgres.ts';
import { attempt, createUser, firstToken, login, openTestStore } from './databases.ts';
import type { TestStore } from './databases.ts';

const accessTokenLifetime = 900_000;
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a database that does not answer', () => {
  let test: TestStore | undefined;
  afterEach(async () => {
    await test?.drop();
    test = undefined;
  });

  async function closedPort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  }

  it('at the start is StoreUnavailableError with its cause and without the password', async () => {
    const url = `postgres://ada:canary-password@127.0.0.1:${await closedPort()}/latchstring`;
    const error = await failure(openStore({ url, accessTokenLifetime }));
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as Error).cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(JSON.stringify([String(error), (error as Error).stack])).not.toContain('canary');
  });

  it('a URL of another kind is a TypeError that does not repeat it', async () => {
    for (const url of ['mysql://ada:canary@localhost/x', 'canary', 'file:', '']) {
      const error = await failure(openStore({ url, accessTokenLifetime }));
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).not.toContain('canary');
    }
  });

  it('connections that are cut fail what runs on them and are replaced; the process lives', async () => {
    test = await openTestStore('PostgreSQL');
    const { store, sql } = test;
    const opened = await login(store, await createUser(store));
    const cut = () =>
      sql(`select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and application_name = 'latchstring'`);
    const slow = Promise.allSettled([
      store.endSession(opened.session.id, 'logout', { kind: 'logout' }, () => false),
      store.now(),
    ]);
    await cut();
    for (const result of await slow) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreUnavailableError);
    }
    for (let tries = 0; tries < 20; tries++) await failure(store.now());
    expect((await store.refresh(attempt(firstToken(opened)))).matched).toBe(true);
  });

  it('a row that is locked for too long is StoreUnavailableError, for refreshes and for writes', async () => {
    test = await openTestStore('PostgreSQL');
    const opened = await login(test.store, await createUser(test.store));
    const store = await test.another({ statementTimeout: 200 });
    const client = new pg.Client({ connectionString: test.url });
    await client.connect();
    await client.query('begin');
    await client.query('select from sessions for update');
    const both = [
      store.refresh(attempt(firstToken(opened))),
      store.endSession(opened.session.id, 'logout', { kind: 'logout' }),
    ];
    for (const error of await Promise.all(both.map(failure))) {
      expect(error).toBeInstanceOf(StoreUnavailableError);
      expect((error as Error).cause).toMatchObject({ code: expect.stringMatching(/55P03|57014/) as unknown });
    }
    await client.end();
    expect((await store.refresh(attempt(firstToken(opened)))).matched).toBe(true);
  });

  it("another process's transaction on a SQLite file is waited for, and not for ever", async () => {
    test = await openTestStore('SQLite');
    const opened = await login(test.store, await createUser(test.store));
    const file = new Sqlite(test.url.slice('file:'.length));
    file.exec('begin immediate');
    const waiting = test.store.refresh(attempt(firstToken(opened)));
    const impatient = await test.another({ statementTimeout: 5 }).catch((error: unknown) => error);
    expect(impatient).toBeInstanceOf(StoreUnavailableError);
    file.exec('commit');
    expect((await waiting).matched).toBe(true);
    file.close();
  });

  it('a file that is no database, or cannot be made, is StoreUnavailableError', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchstring-store-'));
    const path = join(folder, 'text.db');
    writeFileSync(path, 'This is no database. '.repeat(100));
    for (const url of [`file:${path}`, `file:${join(path, 'below-a-file.db')}`]) {
      expect(await failure(openStore({ url, accessTokenLifetime }))).toBeInstanceOf(StoreUnavailableError);
    }
    rmSync(folder, { recursive: true });
  });

  it('a store that was closed is StoreUnavailableError', async () => {
    for (const dialect of ['SQLite', 'PostgreSQL'] as const) {
      const closed = await openTestStore(dialect);
      const opened = await login(closed.store, await createUser(closed.store));
      const { store } = closed;
      const again = await closed.another();
      await again.close();
      const after = (given: Store) => [
        given.now(),
        given.listUsers(),
        given.refresh(attempt(firstToken(opened))),
      ];
      for (const error of await Promise.all(after(again).map(failure))) {
        expect(error).toBeInstanceOf(StoreUnavailableError);
      }
      expect((await store.refresh(attempt(firstToken(opened)))).matched).toBe(true);
      await closed.drop();
    }
  });

  it("a programmer's error stays what it is", () => {
    for (const error of [
      new TypeError('x'),
      Object.assign(new Error('x'), { code: '42601' }),
      'text',
      undefined,
    ]) {
      expect(translate(error)).toBe(error);
    }
    const constraint = Object.assign(new Error('x'), { code: 'SQLITE_CONSTRAINT_UNIQUE' });
    expect(translate(constraint)).toBe(constraint);
  });
});

describe('prepared statements behind a pooler', () => {
  it.each(['deallocate all', 'a name that is taken'])('are given up after: %s', async (how) => {
    const test = await openTestStore('PostgreSQL');
    const opened = await login(test.store, await createUser(test.store));
    const types = new pg.TypeOverrides();
    types.setTypeParser(pg.types.builtins.INT8, Number);
    const pool = new pg.Pool({ connectionString: test.url, max: 1, types });
    const refresh = createPostgresRefresh({
      pool,
      prepare: true,
      clockOffset: () => 0,
      retrying: (work) => work(),
    });
    if (how === 'deallocate all') {
      await refresh([attempt(firstToken(opened))]);
      await pool.query('deallocate all');
    } else {
      await pool.query('prepare latchstring_refresh as select 1');
    }
    expect(await refresh([attempt(firstToken(opened))])).toMatchObject([{ matched: true }]);
    const prepared = await pool.query('select name from pg_prepared_statements');
    expect(prepared.rows).toEqual([]);
    await pool.end();
    await test.drop();
  });

  it('are given up by two groups that find out at once', async () => {
    const test = await openTestStore('PostgreSQL');
    const user = await createUser(test.store);
    const sessions = [await login(test.store, user), await login(test.store, user)];
    const pool = new pg.Pool({ connectionString: test.url, max: 2 });
    const clients = [await pool.connect(), await pool.connect()];
    for (const client of clients) await client.query('prepare latchstring_refresh as select 1');
    for (const client of clients) client.release();
    const refresh = createPostgresRefresh({
      ...{ pool, prepare: true, clockOffset: () => 0 },
      retrying: (work) => work(),
    });
    const groups = sessions.map((one) => refresh([attempt(firstToken(one))]));
    for (const outcomes of await Promise.all(groups)) expect(outcomes).toMatchObject([{ matched: true }]);
    await pool.end();
    await test.drop();
  });

  it('are not used at all where that is said', async () => {
    const test = await openTestStore('PostgreSQL');
    const store = await test.another({ prepare: false });
    const opened = await login(store, await createUser(store));
    expect((await store.refresh(attempt(firstToken(opened)))).matched).toBe(true);
    expect(await store.endSession(opened.session.id, 'logout', { kind: 'logout' })).toBe(true);
    await test.drop();
  });
});
