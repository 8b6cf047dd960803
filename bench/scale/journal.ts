import pg from 'pg';
import { median } from '../lib/statistics.ts';

/** What a promotion changes of a row, with as many bytes. */
const PROMOTION = `
  explain (analyze, wal, format json) update sessions set
    idle_expires_at = idle_expires_at + 1, last_used_at = last_used_at + 1, promoted_at = last_used_at,
    previous_nonce = nonce, nonce = $2, generation = generation + 1
  where id = $1`;

interface Plan {
  readonly 'WAL Bytes': number;
}

/** What PostgreSQL's updates of rows in place are, and what one writes ahead. */
export interface Journal {
  /** Bytes of the write-ahead log for one promotion, without the commit's record and whole pages after a checkpoint. */
  readonly bytes: number;
  /** The share of all updates of sessions so far that needed no new entry in an index. */
  readonly inPlace: number;
}

/** Promotes some sessions by hand. */
export async function measureJournal(url: string, sessions: number): Promise<Journal> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows: ids } = await client.query<{ id: string }>('select id from sessions limit $1', [sessions]);
  const bytes: number[] = [];
  for (const { id } of ids) {
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(PROMOTION, [
      id,
      Buffer.alloc(16),
    ]);
    bytes.push(rows[0]?.['QUERY PLAN'][0]?.Plan['WAL Bytes'] ?? NaN);
  }
  await client.query('select pg_stat_force_next_flush()');
  const { rows } = await client.query<{ in_place: string }>(
    `select n_tup_hot_upd::float / greatest(n_tup_upd, 1) as in_place from pg_stat_user_tables where relname = 'sessions'`,
  );
  await client.end();
  return { bytes: median(bytes), inPlace: Number(rows[0]?.in_place) };
}
