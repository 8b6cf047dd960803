import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, findPostgres, POSTGRES_URL_VARIABLE } from '@latchstring/testkit';

/** An empty database of the bench's own. */
export interface BenchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A file in a folder of its own. */
export async function createSqliteFile(): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-bench-'));
  return {
    url: `file:${join(folder, 'bench.db')}`,
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** On the server that the tests find too, which is started where none runs. */
export async function createPostgresDatabase(): Promise<BenchDatabase> {
  const server = await findPostgres();
  if (server !== undefined) process.env[POSTGRES_URL_VARIABLE] ??= server.url;
  const database = await createDatabase();
  return {
    url: database.url,
    async drop() {
      await database.drop();
      await server?.stop();
    },
  };
}
