import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ROUTES } from '../../packages/protocol/src/index.ts';
import { decodeEvent } from '../../packages/server/tests/feed/events.ts';
import { DIALECTS, emptyDatabase, sqliteProblems } from '../../packages/server/tests/store/databases.ts';
import type { Dialect } from '../../packages/server/tests/store/databases.ts';
import { startCommand } from '../../packages/server/tests/support/command.ts';
import { begin, checkAll, createLedger, total, use } from './support/ledger.ts';
import type { Ledger } from './support/ledger.ts';
import { createDice } from './support/random.ts';
import type { Dice } from './support/random.ts';
import { PATIENCE, scale } from './support/scale.ts';
import { serverEnvironment, startServer } from './support/server-process.ts';
import type { ServerProcess } from './support/server-process.ts';

const KILLS = scale(3, 110);
const CLIENTS = 8;
/** Every so often the command that rotates the keys is killed as well. */
const ROTATION_EVERY = scale(3, 10);
/** The longest that a server lives under load. Milliseconds. */
const LIFE = 900;

async function keyIds(url: string): Promise<string[]> {
  const answer = await fetch(url + ROUTES.jwks);
  const { keys } = (await answer.json()) as { readonly keys: readonly { readonly kid: string }[] };
  return keys.map(({ kid }) => kid);
}

/** A command, killed in the middle of whatever it does: it is through after about a second. */
async function killCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  dice: Dice,
): Promise<void> {
  const { child, result } = startCommand(args, environment);
  await setTimeout(400 + dice() * 900);
  child.kill('SIGKILL');
  await result;
}

async function liveAndDie(
  server: ServerProcess,
  environment: Readonly<Record<string, string>>,
  ledgers: readonly Ledger[],
  dice: Dice,
  rotates: boolean,
): Promise<string> {
  let gone = false;
  const work = ledgers.map((ledger) =>
    use(
      ledger,
      () => server.url,
      dice,
      () => gone,
    ),
  );
  if (rotates) await killCommand(['keys', 'rotate', '--force'], environment, dice);
  else await setTimeout(dice() * LIFE);
  gone = true;
  const log = await server.kill();
  await Promise.all(work);
  return log;
}

async function run(dialect: Dialect): Promise<void> {
  const database = await emptyDatabase(dialect);
  const environment = serverEnvironment(database.url);
  const dice = createDice(dialect.length);
  const ledgers = Array.from({ length: CLIENTS }, createLedger);
  // Of the very first starts too, which make the tables, some are killed.
  const start = async (kills: boolean): Promise<ServerProcess> => {
    if (kills) await killCommand(['serve', '--port', '0'], environment, dice);
    return startServer(environment);
  };
  let server = await start(true);
  let keys: readonly string[] = [];
  try {
    await Promise.all(ledgers.map((ledger) => begin(ledger, server.url, dice)));
    for (let kill = 1; kill <= KILLS; kill++) {
      const log = await liveAndDie(server, environment, ledgers, dice, kill % ROTATION_EVERY === 0);
      expect(log, 'a defect of the server').not.toContain('internal_error');
      const looksFirst = dialect === 'SQLite' && dice() < 0.5;
      if (looksFirst) expect(sqliteProblems(database.url)).toEqual([]);
      server = await start(dice() < 0.1);
      await checkAll(ledgers, () => server.url, dice, kill === KILLS ? 1 : 0.1);
      if (dialect === 'SQLite' && !looksFirst) expect(sqliteProblems(database.url)).toEqual([]);
      expect(ledgers.flatMap(({ violations }) => violations)).toEqual([]);
      const now = await keyIds(server.url);
      expect(now).toEqual(expect.arrayContaining([...keys]));
      keys = now;
    }
    await checkLog(server.url, ledgers);
    expect(await stored(database.sql)).toEqual([]);
  } finally {
    await server.kill();
    await database.drop();
  }
  expect(total(ledgers, 'refreshes')).toBeGreaterThan(20 * KILLS);
  expect(total(ledgers, 'rotations')).toBeGreaterThan(0);
  expect(total(ledgers, 'logouts')).toBeGreaterThan(CLIENTS);
}

/** What ended lately is in the revocation log. */
async function checkLog(url: string, ledgers: readonly Ledger[]): Promise<void> {
  const snapshot = await fetch(url + ROUTES.revocations);
  const text = await snapshot.text();
  expect(snapshot.status, text).toBe(200);
  const { entries } = decodeEvent(text);
  const revoked = new Set(entries.map((entry) => (entry.kind === 'session' ? entry.id : '')));
  const ended = ledgers.flatMap(({ entries: all }) => all.slice(-12).filter(({ fate }) => fate === 'ended'));
  expect(ended.length).toBeGreaterThan(0);
  expect(ended.filter(({ holder }) => !revoked.has(holder.sessionId))).toEqual([]);
}

/** Sessions whose end is not in the log or in the events of the same transaction, or that ended otherwise than by a logout. */
async function stored(sql: <Row>(text: string) => Promise<Row[]>): Promise<unknown[]> {
  return sql(`
    select id, end_reason from sessions where ended_at is not null and (end_reason <> 'logout'
      or not exists (select 1 from events where events.session_id = sessions.id and events.kind = 'logout'))`);
}

describe.each(DIALECTS)('kill -9 under load, on %s', (dialect) => {
  test(
    'no session is lost, no ended one is alive, no key is lost, and the database opens',
    { timeout: PATIENCE },
    () => run(dialect),
  );
});
