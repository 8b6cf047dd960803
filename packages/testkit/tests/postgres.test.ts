import pg from 'pg';
import { expect, test } from 'vitest';
import { createDatabase } from '../src/index.ts';

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const answer = await client.query<Record<string, unknown>>(statement);
    return answer.rows;
  } finally {
    await client.end();
  }
}

test('each test file has a database of its own, gone after it', async () => {
  const [one, other] = await Promise.all([createDatabase(), createDatabase()]);
  await ask(one.url, 'CREATE TABLE mark (id integer)');
  const found = await ask(other.url, `SELECT to_regclass('mark') AS mark`);
  expect(found).toEqual([{ mark: null }]);

  await Promise.all([one.drop(), other.drop()]);
  await expect(ask(one.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});

test('a database is dropped although somebody is still connected', async () => {
  const database = await createDatabase();
  const left = new pg.Client({ connectionString: database.url });
  left.on('error', () => undefined);
  await left.connect();
  await database.drop();
  await expect(ask(database.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});
