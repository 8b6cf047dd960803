import { copyFileSync, rmSync } from 'node:fs';
import { createDatabase } from '@latchstring/testkit';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { createSqliteFile } from '../support/service.ts';
import type { DatabaseUnderTest } from '../support/service.ts';

/** A database that can be put back to what it was. */
export interface DatabaseWithBackup extends DatabaseUnderTest {
  /** Of PostgreSQL, while nobody is connected. */
  backUp(): Promise<void>;
  /** While nobody is connected. */
  putBack(): Promise<void>;
}

/** Both kinds of database, with a backup as each of them makes it. */
export const BACKED_UP: readonly (readonly [name: string, create: () => Promise<DatabaseWithBackup>])[] = [
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
];

async function sqlite(): Promise<DatabaseWithBackup> {
  const database = await createSqliteFile();
  const path = database.url.slice('file:'.length);
  const backup = `${path}.backup`;
  return {
    ...database,
    async backUp() {
      const file = new Sqlite(path, { readonly: true });
      await file.backup(backup);
      file.close();
    },
    putBack() {
      // A journal of another state of the file would be played into it.
      for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
      copyFileSync(backup, path);
      return Promise.resolve();
    },
  };
}

async function postgres(): Promise<DatabaseWithBackup> {
  const database = await createDatabase();
  const name = new URL(database.url).pathname.slice(1);
  const backup = `${name}_backup`;
  const run = async (...statements: readonly string[]): Promise<void> => {
    const server = new URL(database.url);
    server.pathname = '/postgres';
    const client = new pg.Client({ connectionString: server.href });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  return {
    ...database,
    backUp: () => run(`create database ${backup} template ${name}`),
    putBack: () => run(`drop database ${name}`, `create database ${name} template ${backup}`),
    async drop() {
      await database.drop();
      await run(`drop database if exists ${backup}`);
    },
  };
}
