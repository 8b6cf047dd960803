/**
 * What a refresh costs, beside the database alone and beside better-auth: `npm run bench -- refresh`. README.md says what the
 * figures mean.
 */
import { printFigures, printTable } from './lib/report.ts';
import { fullOrQuick, median, round } from './lib/statistics.ts';
import {
  startBetterAuth,
  startOurs,
  startPgbench,
  type Contestant,
  type Rate,
} from './refresh/contestants.ts';
import { createPostgresDatabase, createSqliteFile } from './service/databases.ts';

const CONNECTIONS = 64;
/** As many as the service runs the statement over: its groups are two at a time. */
const GROUPS = 2;
/** As many as its pool may open, for whatever else it does. */
const POOL = 10;
const ROUNDS = fullOrQuick(7, 2);
const WARM_UP_ROUNDS = fullOrQuick(3, 0);
const SESSIONS = fullOrQuick(5000, 64);
const PASSES = fullOrQuick({ groups: 30, pool: 8 }, { groups: 1, pool: 1 });

const databases = [
  await createPostgresDatabase(),
  await createPostgresDatabase(),
  await createPostgresDatabase(),
  await createSqliteFile(),
  await createSqliteFile(),
] as const;
const [ownPostgres, peerPostgres, peerSessions, grouped, single] = databases;
const size = { connections: CONNECTIONS, sessions: SESSIONS };

const postgres = await startOurs('latchstring, PostgreSQL', ownPostgres.url, size);
const pgbench = await startPgbench(ownPostgres.url, { connections: GROUPS, passes: PASSES.groups });
const pgbenchOfPool = await startPgbench(ownPostgres.url, { connections: POOL, passes: PASSES.pool });
const sqlite = await startOurs('latchstring, SQLite', grouped.url, size);
const oneByOne = await startOurs('latchstring, SQLite, one by one', single.url, size, {
  refreshesOneByOne: true,
});
const peerSize = { connections: CONNECTIONS, sessions: fullOrQuick(300, 64) };
const betterAuth = await startBetterAuth(
  'better-auth with its tokens, PostgreSQL',
  peerPostgres.url,
  peerSize,
  {
    tokens: true,
  },
);
const sessionsAlone = await startBetterAuth(
  'better-auth, sessions alone, PostgreSQL',
  peerSessions.url,
  peerSize,
  { tokens: false },
);
const contestants = [postgres, pgbench, pgbenchOfPool, betterAuth, sessionsAlone, sqlite, oneByOne];

// The engine compiles what is hot meanwhile.
for (let at = 0; at < WARM_UP_ROUNDS; at++) for (const contestant of contestants) await contestant.round();

const rates = new Map<Contestant, Rate[]>(contestants.map((contestant) => [contestant, []]));
for (let at = 0; at < ROUNDS; at++) {
  for (const contestant of at % 2 === 0 ? contestants : contestants.toReversed()) {
    rates.get(contestant)?.push(await contestant.round());
  }
}
for (const contestant of contestants) await contestant.stop();
for (const database of databases) await database.drop();

const ratesOf = (contestant: Contestant): number[] =>
  (rates.get(contestant) ?? []).map(({ perSecond }) => perSecond);
const cpuOf = (contestant: Contestant): number => median((rates.get(contestant) ?? []).map(({ cpu }) => cpu));
/** The median over the rounds of how many times as many one does as the other in the same round. */
function times(one: Contestant, other: Contestant): number {
  const others = ratesOf(other);
  return median(ratesOf(one).map((rate, at) => rate / (others[at] ?? NaN)));
}

printTable(
  `Refreshes, ${CONNECTIONS} at a time, ${ROUNDS} rounds; median, least and most`,
  ['', 'a second', 'least', 'most', 'server CPU µs each'],
  contestants.map((contestant) => {
    const all = ratesOf(contestant);
    const cpu = cpuOf(contestant);
    return [
      contestant.name,
      ...[median(all), Math.min(...all), Math.max(...all)].map((rate) => round(rate, 0)),
      Number.isNaN(cpu) ? '' : round(cpu, 0),
    ];
  }),
);
console.log(`\n  Of pgbench with ${POOL} connections: ${round(times(postgres, pgbenchOfPool), 2)}`);
console.log(`  Over better-auth without access tokens: ${round(times(postgres, sessionsAlone), 1)}`);
printFigures({
  postgres_of_pgbench: round(times(postgres, pgbench), 2),
  cpu_us: round(cpuOf(postgres), 0),
  sqlite_grouped_over_single: round(times(sqlite, oneByOne), 2),
  over_better_auth: round(times(postgres, betterAuth), 1),
});
