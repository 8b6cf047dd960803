import { sql } from 'kysely';
import type { Transaction } from 'kysely';
import pg from 'pg';
import type { Schema } from './schema.ts';

const CHANNEL = 'latchstring_revocations';

/** How long after a lost connection the next is tried. Milliseconds. */
const RECONNECT_AFTER = 1000;

/** Tells all servers on the database, when the transaction commits. */
export async function notifyRevocation(tx: Transaction<Schema>): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, '')`.execute(tx);
}

/**
 * Listens on a connection of its own until the returned function is called. A connection that is lost is made again, and
 * then `tell` is called as well: something may have been missed.
 */
export function listenForRevocations(url: string, tell: () => void): () => Promise<void> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function retry(): void {
    if (stopped || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, RECONNECT_AFTER).unref();
  }

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'latchstring-listener',
      connectionTimeoutMillis: 5000,
      keepAlive: true,
    });
    client = next;
    next.on('error', retry);
    next.on('end', retry);
    next.on('notification', tell);
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
      tell();
    } catch {
      // The log is read on a schedule all the same.
      await next.end().catch(() => undefined);
      retry();
    }
  }

  void connect();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end().catch(() => undefined);
  };
}
