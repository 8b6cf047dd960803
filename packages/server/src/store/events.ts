import type { Kysely, Selectable } from 'kysely';
import { uuidv7 } from 'uuidv7';
import type { SecurityEvent, StoredSecurityEvent } from '../domain/event.ts';
import type { Store } from '../ports/store.ts';
import { readMoment } from './database.ts';
import type { Database, Moment } from './database.ts';
import type { EventsTable, Schema } from './schema.ts';

/** The part of the store that keeps the security log. */
export function createEventStore(database: Database): Pick<Store, 'recordEvent' | 'listEvents'> {
  return {
    recordEvent: (event) =>
      database.writeTogether(async (tx) => insertEvent(tx, await readMoment(database, tx), event)),
    listEvents: (limit) =>
      database.read(async (db) => {
        const newest = db.selectFrom('events').selectAll().orderBy('at', 'desc').orderBy('id', 'desc');
        return (await newest.limit(limit).execute()).map(toEvent);
      }),
  };
}

/** Writes a line of the security log, in the transaction of the act. */
export async function insertEvent(db: Kysely<Schema>, { now }: Moment, event: SecurityEvent): Promise<void> {
  await db
    .insertInto('events')
    .values({
      id: uuidv7(),
      at: now,
      kind: event.kind,
      user_id: event.userId ?? null,
      session_id: event.sessionId ?? null,
      ip: event.ip ?? null,
      detail: event.detail === undefined ? null : JSON.stringify(event.detail),
    })
    .execute();
}

function toEvent(row: Selectable<EventsTable>): StoredSecurityEvent {
  return {
    id: row.id,
    at: row.at,
    kind: row.kind,
    ...(row.user_id !== null && { userId: row.user_id }),
    ...(row.session_id !== null && { sessionId: row.session_id }),
    ...(row.ip !== null && { ip: row.ip }),
    ...(row.detail !== null && { detail: JSON.parse(row.detail) as Record<string, string | number> }),
  };
}
