/** What people and their sessions take on disk and on the wire: `npm run bench -- scale`. docs/scale.md computes with it. */
import { openConnection, shareOut } from './lib/connection.ts';
import type { Connection } from './lib/connection.ts';
import { printFigures, printTable } from './lib/report.ts';
import { fullOrQuick, round } from './lib/statistics.ts';
import { measureFeed } from './scale/feed.ts';
import { measureJournal } from './scale/journal.ts';
import { openSizes } from './scale/sizes.ts';
import { createPostgresDatabase, createSqliteFile } from './service/databases.ts';
import type { BenchDatabase } from './service/databases.ts';
import { logout, refresh, startService } from './service/service.ts';
import type { ClientSession } from './service/service.ts';

const PEOPLE = fullOrQuick(10_000, 400);
const AT_A_TIME = 200;
/** How often each session is refreshed, each time with a promotion. */
const PASSES = fullOrQuick(3, 1);
/** Sessions that are ended: so few that no event of them has been dropped yet, and so many as fill some pages. */
const FEW = 20;
const MANY = fullOrQuick(5_000, 100);
const JOURNALED = fullOrQuick(500, 20);
/** More than M. Milliseconds. */
const PAUSE = 121_000;

/** Over connections that were opened just now: a server closes what was idle for long. */
async function onEach(
  port: number,
  sessions: readonly ClientSession[],
  work: (connection: Connection, session: ClientSession) => Promise<void>,
): Promise<void> {
  const connections = Array.from({ length: 32 }, () => openConnection(port));
  await shareOut(connections, sessions, work);
  for (const connection of connections) connection.close();
}

async function measure(database: BenchDatabase) {
  const service = await startService(database.url);
  const sizes = await openSizes(database.url);
  const empty = await sizes.read();
  const sessions: ClientSession[] = [];
  while (sessions.length < PEOPLE) sessions.push(...(await service.openSessions(AT_A_TIME)));
  const opened = await sizes.read();

  const cpu = await service.cpu();
  for (let pass = 0; pass < PASSES; pass++) {
    await service.advance(PAUSE);
    await onEach(service.port, sessions, async (connection, session) => {
      await refresh(connection, session);
    });
  }
  const cpuEach = ((await service.cpu()) - cpu) / (PASSES * PEOPLE);
  const refreshed = await sizes.read();

  const end = (from: number, to: number): Promise<void> =>
    onEach(service.port, sessions.slice(from, to), logout);
  const feed = await measureFeed(
    service.port,
    () => end(0, FEW),
    () => end(FEW, MANY),
  );
  const ended = await sizes.read();
  await service.stop();
  await sizes.close();

  const grown = (table: string, from: typeof empty, to: typeof empty, rows: number): number =>
    ((to.get(table) ?? NaN) - (from.get(table) ?? NaN)) / rows;
  return {
    cpuEach,
    feed,
    user: grown('users', empty, opened, PEOPLE),
    session: grown('sessions', empty, opened, PEOPLE),
    sessionInUse: grown('sessions', empty, refreshed, PEOPLE),
    // Two lines a person: the account, and its login.
    line: grown('events', empty, opened, 2 * PEOPLE),
    entry: grown('revocations', opened, ended, MANY),
  };
}

const postgresDatabase = await createPostgresDatabase();
const postgres = await measure(postgresDatabase);
const journal = await measureJournal(postgresDatabase.url, JOURNALED);
await postgresDatabase.drop();
const sqliteDatabase = await createSqliteFile();
const sqlite = await measure(sqliteDatabase);
await sqliteDatabase.drop();

const whole = (value: number): number => round(value, 0);
printTable(
  `Bytes on disk, indexes included, of ${PEOPLE} people with a session each`,
  ['a row of', 'PostgreSQL', 'SQLite'],
  (
    [
      ['users', 'user'],
      ['sessions, just opened', 'session'],
      [`sessions, refreshed ${PASSES} times`, 'sessionInUse'],
      ['events', 'line'],
      ['revocations', 'entry'],
    ] as const
  ).map(([name, key]) => [name, whole(postgres[key]), whole(sqlite[key])]),
);
printTable(
  'Bytes on the wire and in the write-ahead log',
  ['what', 'bytes'],
  [
    ['an event of the feed that ends a session', whole(postgres.feed.event)],
    ['an event of the feed that says that nothing has happened', whole(postgres.feed.heartbeat)],
    ['a snapshot, for each entry in it', whole(postgres.feed.snapshotEntry)],
    ['PostgreSQL: the write-ahead log of a promotion', whole(journal.bytes)],
  ],
);
console.log(`\n${round(journal.inPlace * 100, 1)} % of the updates of sessions were in place.`);
printFigures({
  postgres_user_bytes: whole(postgres.user),
  postgres_session_bytes: whole(postgres.sessionInUse),
  postgres_event_bytes: whole(postgres.line),
  postgres_revocation_bytes: whole(postgres.entry),
  sqlite_user_bytes: whole(sqlite.user),
  sqlite_session_bytes: whole(sqlite.sessionInUse),
  sqlite_event_bytes: whole(sqlite.line),
  sqlite_revocation_bytes: whole(sqlite.entry),
  feed_event_bytes: whole(postgres.feed.event),
  feed_heartbeat_bytes: whole(postgres.feed.heartbeat),
  snapshot_entry_bytes: whole(postgres.feed.snapshotEntry),
  wal_refresh_bytes: whole(journal.bytes),
  refresh_cpu_us: whole(postgres.cpuEach),
});
