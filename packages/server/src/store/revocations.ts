import { sql } from 'kysely';
import type { Insertable, Selectable, Transaction } from 'kysely';
import type { RevocationEntry, RevocationRecord } from '../domain/revocation.ts';
import type { Store } from '../ports/store.ts';
import { readMoment } from './database.ts';
import type { Database, Moment } from './database.ts';
import { insertEvent } from './events.ts';
import type { RevocationsTable, Schema } from './schema.ts';

/** Both databases bound the parameters of a statement; an entry has eight. */
const ENTRIES_PER_STATEMENT = 500;

/** The part of the store that keeps the revocation log. */
export function createRevocationStore(
  database: Database,
): Pick<Store, 'revocationsAfter' | 'revocationPosition' | 'appendRevocations'> {
  return {
    revocationsAfter: (seq, limit) =>
      database.read(async (db) => {
        const records = db.selectFrom('revocations').where('seq', '>', seq).select('seq').distinct();
        const rows = await db
          .selectFrom('revocations')
          .where('seq', 'in', records.orderBy('seq').limit(limit))
          .selectAll()
          .orderBy('seq')
          .orderBy('position')
          .execute();
        return toRecords(rows);
      }),
    revocationPosition: () =>
      database.read((db) =>
        db.selectFrom('revocation_counter').select(['epoch', 'seq']).executeTakeFirstOrThrow(),
      ),
    appendRevocations: (entries, event) =>
      database.write(async (tx) => {
        const moment = await readMoment(database, tx);
        if (event !== undefined) await insertEvent(tx, moment, event);
        await appendRevocations(tx, moment, entries);
      }),
  };
}

/**
 * Appends entries under the log's next number. To be called last in a transaction: the counter's row stays locked
 * until the commit, which is what puts the numbers in the order of the commits and takes one back with a rollback.
 */
export async function appendRevocations(
  tx: Transaction<Schema>,
  moment: Moment,
  entries: readonly RevocationEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const { epoch, seq } = await tx
    .updateTable('revocation_counter')
    .set({ seq: sql<number>`seq + 1` })
    .returning(['epoch', 'seq'])
    .executeTakeFirstOrThrow();
  const rows = entries.map((entry, position) => toRow(entry, { epoch, seq, position }, moment));
  for (let from = 0; from < rows.length; from += ENTRIES_PER_STATEMENT) {
    await tx
      .insertInto('revocations')
      .values(rows.slice(from, from + ENTRIES_PER_STATEMENT))
      .execute();
  }
}

function toRow(
  entry: RevocationEntry,
  place: Pick<RevocationsTable, 'epoch' | 'seq' | 'position'>,
  { now, retention }: Moment,
): Insertable<RevocationsTable> {
  const common = { ...place, kind: entry.kind, below: null, created_at: now, expires_at: now + retention };
  switch (entry.kind) {
    case 'session':
      return { ...common, subject: entry.id, below: entry.below ?? null };
    case 'token':
      return { ...common, subject: entry.jti };
    case 'key':
      return { ...common, subject: entry.kid, expires_at: null };
  }
}

function toEntry({ kind, subject, below }: Selectable<RevocationsTable>): RevocationEntry {
  switch (kind) {
    case 'session':
      return below === null ? { kind, id: subject } : { kind, id: subject, below };
    case 'token':
      return { kind, jti: subject };
    case 'key':
      return { kind, kid: subject };
  }
}

function toRecords(rows: readonly Selectable<RevocationsTable>[]): RevocationRecord[] {
  const records: (RevocationRecord & { readonly entries: RevocationEntry[] })[] = [];
  for (const row of rows) {
    const last = records.at(-1);
    if (last?.seq === row.seq) last.entries.push(toEntry(row));
    else {
      const { epoch, seq, created_at: createdAt } = row;
      records.push({ epoch, seq, createdAt, entries: [toEntry(row)] });
    }
  }
  return records;
}
