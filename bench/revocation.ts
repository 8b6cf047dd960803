/**
 * How soon an ended session is refused everywhere, and what that costs a backend: `npm run bench -- revocation`. README.md says what
 * the figures mean.
 */
import { printFigures, printTable } from './lib/report.ts';
import { benchSize, fullOrQuick, percentile, round } from './lib/statistics.ts';
import { measureCost, PEOPLE } from './revocation/cost.ts';
import { measurePromptness } from './revocation/promptness.ts';
import { createPostgresDatabase, createSqliteFile } from './service/databases.ts';

const SIZE = fullOrQuick(
  { processes: 4, verifiersEach: 25, revocations: 1000 },
  { processes: 2, verifiersEach: 2, revocations: 5 },
);
const ENTRIES = fullOrQuick(100_000, 1000);

const { entries, memory, checks } = await measureCost(
  ENTRIES,
  benchSize({ rounds: 41, roundMilliseconds: 50 }),
);
printTable(
  'One verifier that follows the feed, in the process',
  ['', ''],
  [
    [`memory for ${entries} entries, MiB`, round(memory, 1)],
    ...[...checks].map(([people, check]): [string, number] => [
      `added to a request with a token seen before, ${people} people in turn, CPU µs`,
      round(check, 3),
    ]),
  ],
);

// Named by hand, so that nobody takes the figures of one database for those of the other.
const database = process.env['BENCH_DATABASE'] === 'postgres' ? 'PostgreSQL' : 'SQLite';
const home = await (database === 'SQLite' ? createSqliteFile() : createPostgresDatabase());
const { sinceCommit, sinceAsked, counts, seconds } = await measurePromptness(home.url, SIZE);
await home.drop();
const percentiles = (times: readonly number[]): number[] =>
  [50, 99, 100].map((percent) => round(percentile(times, percent), 1));
printTable(
  `${SIZE.revocations} sessions ended on ${database}, until each of ${SIZE.processes * SIZE.verifiersEach} verifiers in ${SIZE.processes} processes refuses; ms`,
  ['', 'p50', 'p99', 'max'],
  [
    ['since the commit', ...percentiles(sinceCommit)],
    ['since the logout was sent', ...percentiles(sinceAsked)],
  ],
);
console.log(
  `\n  Meanwhile ${round(counts.requests / seconds, 0)} requests a second were checked, ${counts.requests} in all, with ` +
    `${counts.calls} calls over the network; ${counts.late} while a feed was late, ${counts.reconnects} reconnects.`,
);
const [p50 = NaN, p99 = NaN, max = NaN] = percentiles(sinceCommit);
printFigures({
  p50_ms: p50,
  p99_ms: p99,
  max_ms: max,
  network_calls_per_request: counts.calls / counts.requests,
  memory_mb_100k: round(memory, 1),
  check_us: round(checks.get(PEOPLE[0]) ?? NaN, 3),
});
