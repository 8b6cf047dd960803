import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { M, MARGIN, S } from '../refresh/world.ts';
import { DIALECTS } from '../store/databases.ts';
import type { Dialect } from '../store/databases.ts';
import { accountSpecification, openedAccount } from './account.ts';
import type { Call, Result } from './account.ts';
import { linearize } from './checker.ts';
import type { Operation } from './checker.ts';
import { describeHistory } from './describe.ts';
import { keySpecification } from './key-ring.ts';
import { startServers } from './recording.ts';
import type { Recording, Servers } from './recording.ts';
import { schedules } from './schedules.ts';
import type { Schedule, Step } from './schedules.ts';

/** How many schedules are played on each database; `npm run model -- linearizability 2000` sets it. */
const SCHEDULES = Number(process.env['LATCHSTRING_LINEARIZABILITY_SCHEDULES'] ?? 12);
const POLICY = { minimumAge: M, supersededWindow: S };

const refresh: Step = { kind: 'refresh', server: 0, session: 0, back: 0 };
const logout: Step = { kind: 'logout', server: 1, session: 0 };
const read: Step = { kind: 'read', server: 1, session: 0 };
const round = (pause: number, ...clients: Step[][]): Schedule['rounds'][number] => ({ pause, clients });

/** Every operation and every answer, one after the other. */
const IN_ORDER: Schedule = {
  mode: 'cookie',
  rounds: [
    round(M + MARGIN, [refresh]),
    // The child takes over, and the token two before the newest is the previous one.
    round(M + MARGIN, [refresh, { ...refresh, back: 2 }, read, { kind: 'rotate', server: 0 }, refresh]),
    round(0, [logout, read, refresh, { ...refresh, session: 1 }, { kind: 'disable', server: 1 }]),
    round(0, [{ ...refresh, session: 1 }]),
  ],
};

/** What is wrong with a recording: a sentence and the history, or nothing. */
function faultOf({ opened, account, kid, keys }: Recording): string | undefined {
  if (linearize(account, accountSpecification(openedAccount(opened), POLICY)) === undefined) {
    return `No order of the account's history is possible:\n${describeHistory(account)}`;
  }
  if (linearize(keys, keySpecification(kid)) !== undefined) return undefined;
  return `No order of the keys' history is possible:\n${JSON.stringify(keys)}`;
}

describe.each(DIALECTS)('two servers on one %s, asked at the same time', (dialect) => {
  let servers: Servers;
  const counts = new Map<string, number>();
  const count = (what: string): unknown => counts.set(what, (counts.get(what) ?? 0) + 1);

  beforeAll(async () => {
    servers = await startServers(dialect);
  });
  afterAll(() => servers.end());

  test(
    'attack 57: refresh, logout, disable and rotation happen one after the other, in an order that everybody saw',
    { timeout: 60_000 + SCHEDULES * 2_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(schedules, async (schedule) => {
          const recording = await servers.play(schedule);
          for (const { call, result } of recording.account) count(`${call.kind}: ${result.kind}`);
          for (const { call } of recording.keys) count(call.kind);
          const fault = faultOf(recording);
          if (fault !== undefined) throw new Error(fault);
        }),
        // What happened once at one moment need not happen again: there is nothing to shrink by.
        { numRuns: SCHEDULES, endOnFailure: true, examples: [[IN_ORDER]] },
      );
    },
  );

  test('and everything that can be answered was answered', () => {
    if (SCHEDULES >= 100) process.stdout.write(`${dialect} ${JSON.stringify([...counts])}\n`);
    expect([...counts.keys()]).toEqual(
      expect.arrayContaining([
        ...['refresh: served', 'refresh: superseded', 'refresh: over', 'read: alive', 'read: over'],
        ...['logout: done', 'disable: done', 'rotate', 'sign', 'confirm'],
      ]),
    );
  });
});

/** A database that forgets, as a store would that reads a row, thinks, and writes all of it. */
describe.each(DIALECTS)('the check can fail, on %s', (dialect) => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers(dialect);
  });
  afterAll(() => servers.end());

  test('a history in which one answer was another is found out', async () => {
    const recording = await servers.play(IN_ORDER);
    expect(faultOf(recording)).toBeUndefined();
    const forgeries = recording.account.flatMap((operation, i) =>
      otherResults(operation).map((result) => ({
        ...recording,
        account: recording.account.with(i, { ...operation, result }),
      })),
    );
    expect(forgeries.length).toBeGreaterThan(10);
    for (const forgery of forgeries) expect(faultOf(forgery)).toContain("the account's history");
  });

  test.each([
    [
      'a refresh that undoes an end at the same moment',
      'old.ended_at is null and new.ended_at - old.last_used_at < 60000',
      { ended_at: 'null' },
      [round(M + MARGIN, [refresh, logout], [refresh]), round(0, [{ ...refresh, server: 1 }])],
    ],
    [
      'a promotion that is not written',
      'new.generation > old.generation',
      { generation: 'old.generation', nonce: 'old.nonce', previous_nonce: 'old.previous_nonce' },
      [
        round(M + MARGIN, [refresh], [refresh]),
        round(M + MARGIN, [refresh], [{ ...refresh, back: 1 }]),
        round(M + MARGIN, [refresh]),
      ],
    ],
  ] as const)('%s is found out', async (_name, when, change, rounds) => {
    const { database } = servers.world;
    const play = (): Promise<Recording> => servers.play({ mode: 'bearer', rounds });
    expect(faultOf(await play())).toBeUndefined();
    for (const statement of forgetting(dialect, when, change)) await database.sql(statement);
    expect(faultOf(await play())).toContain("the account's history");
    await database.sql(dialect === 'SQLite' ? 'drop trigger forget' : 'drop trigger forget on sessions');
  });
});

/** What an operation could have been answered, and was not. */
function otherResults({ call, result }: Operation<Call, Result>): Result[] {
  const all: Record<Call['kind'], Result[]> = {
    refresh: [{ kind: 'served', minted: undefined }, { kind: 'superseded' }, { kind: 'over' }],
    read: [{ kind: 'alive' }, { kind: 'over' }],
    logout: [],
    disable: [],
  };
  return all[call.kind].filter((other) => JSON.stringify(other) !== JSON.stringify(result));
}

/** The statements that make a database change a session's row once more, after whatever the server writes. */
function forgetting(dialect: Dialect, when: string, change: Readonly<Record<string, string>>): string[] {
  const columns = Object.entries(change);
  if (dialect === 'SQLite') {
    const assignments = columns.map(([column, value]) => `${column} = ${value}`).join(', ');
    return [
      `create trigger forget after update on sessions when ${when} begin
         update sessions set ${assignments} where id = new.id; end`,
    ];
  }
  const assignments = columns.map(([column, value]) => `new.${column} := ${value};`).join(' ');
  return [
    `create or replace function forget() returns trigger language plpgsql as
       $$ begin if ${when} then ${assignments} end if; return new; end $$`,
    'create trigger forget before update on sessions for each row execute function forget()',
  ];
}
