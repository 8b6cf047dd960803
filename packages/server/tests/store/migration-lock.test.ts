import { createDatabase } from '@latchstring/testkit';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { attempt, createUser, firstToken, login } from './databases.ts';

interface Migration {
  readonly name: string;
  readonly timestamp: string;
}

/** The store's own lock. */
const LOCK = '7203114529';

test('F4: servers that run go on while another migrates, and one that starts waits for it', async () => {
  const database = await createDatabase();
  const options = { url: database.url, accessTokenLifetime: 900_000, statementTimeout: 1000 };
  const running = await openStore(options);
  const opened = await login(running, await createUser(running));

  // A migration under way: it holds the lock, and its schema is not there yet for anyone else.
  const migrating = new pg.Client({ connectionString: database.url });
  await migrating.connect();
  const [last] = (await migrating.query<Migration>('select * from latchstring_migrations order by name desc'))
    .rows;
  await migrating.query('delete from latchstring_migrations where name = $1', [last?.name]);
  await migrating.query('begin');
  await migrating.query(`select pg_advisory_xact_lock(${LOCK})`);
  await migrating.query('create table later (id bigint primary key)');

  let isUp = false;
  const starting = openStore(options).then((store) => {
    isUp = true;
    return store;
  });
  const waits = `select 1 from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`;
  await expect.poll(async () => (await migrating.query(waits)).rowCount).toBe(1);
  for (let i = 0; i < 10; i++) {
    expect((await running.refresh(attempt(firstToken(opened)))).matched).toBe(true);
    await running.recordEvent({ kind: 'logout' });
  }
  expect(isUp).toBe(false);
  await migrating.query('insert into latchstring_migrations (name, timestamp) values ($1, $2)', [
    last?.name,
    last?.timestamp,
  ]);
  await migrating.query('commit');
  await (await starting).close();
  await migrating.end();
  await running.close();
  await database.drop();
});
