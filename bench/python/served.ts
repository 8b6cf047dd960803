import { addedCost, cost, measureInterleaved, round, type Costs, type Size } from '../lib/statistics.ts';
import { printTable } from '../lib/report.ts';
import { PythonContestants } from './contestants.ts';

const OURS = 'latchstring';
const BARE = 'bare';

/** What protects the route, by framework. The peers come with the settings of their own pages, and once with a key that is ready. */
const STACKS: Readonly<Record<string, readonly string[]>> = {
  Flask: [BARE, OURS, 'Flask-JWT-Extended', 'Flask-JWT-Extended-with-a-ready-key'],
  FastAPI: [BARE, OURS],
  Django: [BARE, OURS],
  DRF: [BARE, OURS, 'simplejwt'],
};

/** The figures of Flask: what ours adds to the bare route over that route's own time, and what the peer adds over what ours adds. */
export interface ServedFigures {
  readonly flask_seen_added_ratio: number;
  readonly flask_jwt_extended_added_over_ours: number;
}

/** Measures each framework's route, bare and protected, in a process of its own, prints the table, and gives the figures. */
export async function measureServed(size: Size): Promise<ServedFigures> {
  const python = new PythonContestants('python/tests/bench_served.py');
  try {
    const stacks = new Map<string, Costs>();
    for (const [stack, names] of Object.entries(STACKS)) {
      const variants = names.map((name) => ({ ...python.variant(`${stack}/${name}`), name }));
      stacks.set(stack, await measureInterleaved(variants, size));
    }
    printTable(
      'A route, called as a server calls the application; the token was seen before',
      ['framework', 'protected by', 'CPU µs a request', 'added'],
      [...stacks].flatMap(([stack, costs]) =>
        [...costs.keys()].map((name) => [
          stack,
          name === BARE ? '(bare)' : name,
          round(cost(costs, name), 1),
          name === BARE ? '' : round(addedCost(costs, name, BARE), 1),
        ]),
      ),
    );
    const flask = stacks.get('Flask') ?? new Map();
    const ours = addedCost(flask, OURS, BARE);
    return {
      flask_seen_added_ratio: round(ours / cost(flask, BARE), 3),
      flask_jwt_extended_added_over_ours: round(addedCost(flask, 'Flask-JWT-Extended', BARE) / ours, 1),
    };
  } finally {
    await python.stop();
  }
}
