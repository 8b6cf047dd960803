import { StoreOverloadedError } from '../ports/store.ts';
import type { Database } from './database.ts';

/** Statements and transactions of people's requests that are under way or wait for a connection. */
const REQUESTS = 512;

/** The database for what people ask for: what is too much is refused at once, instead of waiting for its time-out. */
export function boundRequests(database: Database): Database {
  let underWay = 0;
  async function bounded<Result>(run: () => Promise<Result>): Promise<Result> {
    if (underWay >= REQUESTS) throw new StoreOverloadedError('Too many requests wait for the database.');
    underWay++;
    try {
      return await run();
    } finally {
      underWay--;
    }
  }
  return {
    ...database,
    read: (query) => bounded(() => database.read(query)),
    write: (act) => bounded(() => database.write(act)),
    writeTogether: (act) => bounded(() => database.writeTogether(act)),
  };
}
