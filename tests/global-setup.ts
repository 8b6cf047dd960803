import { POSTGRES_URL_VARIABLE, findPostgres } from '../packages/testkit/src/postgres.ts';

/** Finds or starts PostgreSQL once for all test files, and stops what it started. */
export default async function setup(): Promise<() => Promise<void>> {
  const postgres = await findPostgres();
  if (postgres) process.env[POSTGRES_URL_VARIABLE] = postgres.url;
  return async () => {
    await postgres?.stop();
  };
}
