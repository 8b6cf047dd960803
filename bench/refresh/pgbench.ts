import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** Refreshes as the database alone does them: no HTTP, no tokens, no one who judges. */
export interface Pgbench {
  /** Refreshes a second; each is a promotion, and a commit of its own. */
  run(): Promise<number>;
  close(): Promise<void>;
}

/** How much of it is done. */
export interface PgbenchSize {
  readonly connections: number;
  /** How often each session is refreshed in a run. */
  readonly passes: number;
}

/** Each connection has so many sessions of its own, and refreshes them in turn. */
const SESSIONS = 100;
const NONCE = `'\\x${'00'.repeat(16)}'::bytea`;
const NOW = `floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** Ids that tell one pgbench from another, and from sessions that were opened. */
function idText(connections: number, number: string): string {
  return `('${String(connections).padStart(8, '0')}-0000-4000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;
}

/** What a refresh does to the session's row, for one session. The nonces are all alike, so that the script needs no memory. */
function script(connections: number): string {
  return `
\\set number :client_id * ${SESSIONS} + :done % ${SESSIONS}
\\set generation :passed + :done / ${SESSIONS}
\\set done :done + 1
with clock as materialized (select ${NOW} as now)
update sessions set
  idle_expires_at = least(now + 604800000, expires_at), last_used_at = now, ip = '127.0.0.1', promoted_at = now,
  previous_nonce = nonce, nonce = ${NONCE}, generation = generation + 1
from clock
where id = ${idText(connections, ':number::int')} and mode = 'bearer' and ended_at is null
  and now < idle_expires_at and now < expires_at and generation = :generation and nonce = ${NONCE}
  and exists (select from users where users.id = user_id and users.disabled_at is null)
returning *, now;
`;
}

/**
 * Prepares pgbench on a database of the service that has at least one session.
 *
 * @throws {Error} where there is no pgbench.
 */
export async function createPgbench(url: string, { connections, passes }: PgbenchSize): Promise<Pgbench> {
  const program = findPgbench();
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-pgbench-'));
  const file = join(folder, 'refresh.sql');
  await writeFile(file, script(connections));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const copy = `jsonb_build_object('id', ${idText(connections, 'number')}, 'generation', 0, 'nonce', ${NONCE})`;
  await client.query(
    `insert into sessions select (jsonb_populate_record(session, ${copy})).*
     from sessions as session, generate_series(0, ${connections * SESSIONS - 1}) as number
     where session.id = (select id from sessions limit 1)`,
  );
  await client.query('analyze');
  let passed = 0;
  return {
    async run() {
      const args = ['--no-vacuum', '--protocol=prepared', `--client=${connections}`, `--file=${file}`];
      const counts = [`--transactions=${SESSIONS * passes}`, '--define=done=0', `--define=passed=${passed}`];
      const output = await outputOf(program, [...args, ...counts, url]);
      passed += passes;
      const { rows } = await client.query<{ least: string }>(
        `select min(generation) as least from sessions where id::text like $1`,
        [`${String(connections).padStart(8, '0')}-0000-4000-8000-%`],
      );
      if (Number(rows[0]?.least) !== passed) throw new Error('pgbench did not refresh what it should.');
      return Number(/tps = ([\d.]+)/.exec(output)?.[1]);
    },
    async close() {
      await client.end();
      await rm(folder, { recursive: true });
    },
  };
}

function findPgbench(): string {
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin').toReversed(),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  const found = folders.map((folder) => join(folder, 'pgbench')).find((path) => existsSync(path));
  if (found === undefined) throw new Error('There is no pgbench: install PostgreSQL (Debian: postgresql).');
  return found;
}

async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`pgbench failed: ${errors}`);
  return output;
}
