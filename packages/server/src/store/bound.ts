import { StoreOverloadedError } from '../ports/store.ts';
import type { Database } from './database.ts';

/** Statements and transactions of people's requests that are under way or wait for a connection. */
const REQUESTS = 512;

/** The database for what people ask for: what is too much is refused at once, instead of waiting for its time-out. */
export function boundRequests(database: Database): Database {
  let underWay = 0;
  const bounded =
    <Work, Result>(run: (work: Work) => Promise<Result>) =>
    async (work: Work): Promise<Result> => {
      if (underWay >= REQUESTS) throw new StoreOverloadedError('Too many requests wait for the database.');
      underWay++;
      try {
        return await run(work);
      } finally {
        underWay--;
      }
    };
  return {
    ...database,
    read: bounded(database.read) as Database['read'],
    write: bounded(database.write) as Database['write'],
    writeTogether: bounded(database.writeTogether) as Database['writeTogether'],
  };
}
