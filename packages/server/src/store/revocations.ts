import { sql } from 'kysely';
import type { Expression, ExpressionBuilder, Insertable, Selectable, SqlBool, Transaction } from 'kysely';
import type { RevocationEntry, RevocationReading, RevocationRecord } from '../domain/revocation.ts';
import type { Store } from '../ports/store.ts';
import { LONGEST_LIFETIME, readMoment, retentionOf } from './database.ts';
import type { Database, Moment } from './database.ts';
import { insertEvent } from './events.ts';
import type { RevocationsTable, Schema } from './schema.ts';

/** Both databases bound the parameters of a statement; an entry has eight. */
const ENTRIES_PER_STATEMENT = 500;

/** The part of the store that keeps the revocation log. */
export function createRevocationStore(
  database: Database,
): Pick<Store, 'readRevocations' | 'revocationSnapshot' | 'isTokenRevoked' | 'appendRevocations'> {
  return {
    readRevocations: (after, limit) =>
      readLog(database, (row) => row.and([row('r.seq', '>', after), row('r.seq', '<=', after + limit)])),
    revocationSnapshot: () =>
      readLog(database, (row) =>
        row.or([row('r.expires_at', 'is', null), row('r.expires_at', '>', database.now())]),
      ),
    isTokenRevoked: (jti) =>
      database.read(async (db) => {
        const query = db.selectFrom('revocations').where('kind', '=', 'token').where('subject', '=', jti);
        return (await query.select('seq').executeTakeFirst()) !== undefined;
      }),
    appendRevocations: (entries, event) =>
      database.write(async (tx) => {
        const moment = await readMoment(database, tx);
        if (event !== undefined) await insertEvent(tx, moment, event);
        await appendRevocations(database, tx, moment, entries);
      }),
  };
}

type LogRow = ExpressionBuilder<Schema & { r: RevocationsTable }, 'r'>;

/** Position and records by one statement, so that they are of one moment. */
function readLog(
  database: Database,
  matches: (row: LogRow) => Expression<SqlBool>,
): Promise<RevocationReading> {
  return database.read(async (db) => {
    const rows = await db
      .selectFrom('revocation_counter as counter')
      .innerJoin('meta', (join) => join.on('meta.key', '=', LONGEST_LIFETIME))
      // Entries of the epochs before a restore matter as much.
      .leftJoin('revocations as r', (join) => join.on((row) => matches(row as unknown as LogRow)))
      .select(['counter.epoch as log_epoch', 'counter.seq as log_seq', 'meta.value as lifetime'])
      .select(database.now().as('now'))
      .selectAll('r')
      // There is no other, which PostgreSQL does not know: it would expect a thousand times the rows and compile the statement.
      .where('counter.id', '=', 1)
      .orderBy('r.seq')
      .orderBy('r.position')
      .execute();
    const [first] = rows;
    if (first === undefined) throw new Error('The revocation log has lost its counter.');
    return {
      now: first.now,
      retention: retentionOf(first.lifetime),
      position: { epoch: first.log_epoch, seq: first.log_seq },
      // A log without such entries is one row of nothing.
      records: toRecords(
        rows.filter((row): row is typeof row & Selectable<RevocationsTable> => row.seq !== null),
      ),
    };
  });
}

/**
 * Appends entries under the log's next number. To be called last in a transaction: the counter's row stays locked
 * until the commit, which is what puts the numbers in the order of the commits and takes one back with a rollback.
 */
export async function appendRevocations(
  database: Database,
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
  await database.notify?.(tx);
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
