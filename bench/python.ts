/**
 * What checking a token costs in Python: `npm run bench -- python`. README.md says what the figures mean.
 */
import { ensurePython } from '../scripts/setup/python.ts';
import { printFigures, printTable } from './lib/report.ts';
import { benchSize, cost, measureInterleaved, relativeCost, round } from './lib/statistics.ts';
import { PythonContestants } from './python/contestants.ts';
import { measureServed } from './python/served.ts';

const OURS = 'latchstring';
const SIZE = benchSize({ rounds: 71, roundMilliseconds: 20 });

await ensurePython();
const python = new PythonContestants('python/tests/bench_first_sight.py');
try {
  const libraries = ['raw', OURS, 'PyJWT', 'joserfc'].map((name) => python.variant(name));
  const first = await measureInterleaved(libraries, SIZE);
  const seen = await measureInterleaved([python.variant('seen')], SIZE);
  printTable(
    'A token never seen before (ES256), in the process',
    ['library', 'CPU µs', 'over raw'],
    [...first.keys()].map((name) => [
      name,
      round(cost(first, name), 1),
      round(relativeCost(first, name, 'raw'), 3),
    ]),
  );
  printTable(
    'The same string again, in the process',
    ['library', 'CPU µs'],
    [[OURS, round(cost(seen, 'seen'), 2)]],
  );
  const served = await measureServed(SIZE);
  printFigures({ first_sight_over_raw: round(relativeCost(first, OURS, 'raw'), 3), ...served });
} finally {
  await python.stop();
}
