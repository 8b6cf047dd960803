/**
 * What checking a token costs: `npm run bench -- verify`. README.md says what the figures mean.
 */
import { printFigures, printTable } from './lib/report.ts';
import { addedCost, benchSize, cost, relativeCost, round, type Costs } from './lib/statistics.ts';
import { createIssuer } from './lib/tokens.ts';
import { measureFirstSight, measureSeen } from './verify/library.ts';
import { measureServed, STACKS } from './verify/served.ts';

const OURS = 'latchstring';
// Many short rounds: on a machine that others use as well, that gives a steadier median than few long ones.
const SIZE = benchSize({ rounds: 71, roundMilliseconds: 20 });
const issuer = createIssuer();

const first = await measureFirstSight(issuer, SIZE);
printTable(
  'A token never seen before (ES256), in the process',
  ['library', 'CPU µs', 'over raw'],
  [...first.keys()].map((name) => [
    name,
    round(cost(first, name), 1),
    round(relativeCost(first, name, 'raw'), 3),
  ]),
);

const seen = await measureSeen(issuer, SIZE);
printTable(
  'The same string again, in the process',
  ['library', 'CPU µs'],
  [...seen.keys()].map((name) => [name, round(cost(seen, name), 3)]),
);

const served = new Map<string, Costs>();
for (const stack of STACKS) {
  served.set(stack, await measureServed(stack, issuer, SIZE));
}
printTable(
  'A token seen before, in a new header each time, served over HTTP',
  ['stack', 'protected by', 'CPU µs a request', 'added'],
  [...served].flatMap(([stack, costs]) =>
    [...costs.keys()].map((name) => [
      stack,
      name === 'bare' ? '(bare)' : name,
      round(cost(costs, name), 1),
      name === 'bare' ? '' : round(addedCost(costs, name, 'bare'), 1),
    ]),
  ),
);

const peers = [...served.values()].flatMap((costs) =>
  [...costs.keys()]
    .filter((name) => name !== 'bare' && name !== OURS)
    .map((name) => addedCost(costs, name, 'bare')),
);
const http = served.get('node:http') ?? new Map();
printFigures({
  first_sight_over_raw: round(relativeCost(first, OURS, 'raw'), 3),
  seen_us: round(cost(seen, OURS), 3),
  seen_added_us: round(addedCost(http, OURS, 'bare'), 2),
  best_peer_added_us: round(Math.min(...peers), 2),
});
