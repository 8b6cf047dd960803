import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Shelf } from '../../src/limits/memory-counter.ts';

const LIMIT = { attempts: 5, window: 1000 };
const CAPACITY = 8;

const key = fc.integer({ min: 0, max: 30 }).map(String);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('count' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('back' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('later' as const), by: fc.integer({ min: 1, max: 1500 }) }),
  },
);

/** A window as the rule has it. */
interface Window {
  count: number;
  readonly endsAt: number;
}

/** The one key that had to make room. It must be one of those that stand lowest. */
function evicted(shelf: Shelf, model: ReadonlyMap<string, Window>): string {
  const gone = [...model.keys()].filter((known) => shelf.standing(known) === 0);
  expect(gone).toHaveLength(1);
  const [loser = ''] = gone;
  expect(model.get(loser)?.count).toBe(Math.min(...[...model.values()].map(({ count }) => count)));
  return loser;
}

/** Counts on the shelf and by the rule, and holds one against the other. */
function countBoth(shelf: Shelf, model: Map<string, Window>, name: string, now: number): void {
  const counted = model.get(name);
  const wait = shelf.count(name, now);
  if (counted === undefined) {
    expect(wait).toBe(0);
    if (model.size === CAPACITY) model.delete(evicted(shelf, model));
    model.set(name, { count: 1, endsAt: now + LIMIT.window });
  } else if (counted.count < LIMIT.attempts) {
    expect(wait).toBe(0);
    counted.count++;
  } else {
    expect(wait).toBe(counted.endsAt - now);
  }
}

describe('attack 94: counters in memory, whose keys strangers choose', () => {
  test('are no more than there is room for, and none makes room for one that stands lower', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const shelf = new Shelf(LIMIT, CAPACITY);
        const model = new Map<string, Window>();
        let now = 0;
        for (const one of steps) {
          if (one.kind === 'later') {
            now += one.by;
            for (const [known, { endsAt }] of model) if (endsAt <= now) model.delete(known);
          } else if (one.kind === 'back') {
            const counted = model.get(one.key);
            // What is over on the shelf is forgotten at the next count only.
            if (counted === undefined) continue;
            shelf.takeBack(one.key);
            if (--counted.count === 0) model.delete(one.key);
          } else {
            countBoth(shelf, model, one.key, now);
            expect(shelf.size).toBe(model.size);
            for (const [known, { count }] of model) expect(shelf.standing(known)).toBe(count);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('a flood of others gives nobody another guess: not before each of them stands as high', () => {
    const shelf = new Shelf(LIMIT, 100);
    for (let guess = 0; guess < 3; guess++) shelf.count('victim', 0);
    for (let flood = 0; flood < 10_000; flood++) shelf.count(`stranger ${flood}`, 0);
    expect(shelf.size).toBe(100);
    expect(shelf.standing('victim')).toBe(3);
    for (let round = 0; round < 3; round++) {
      for (let stranger = 0; stranger < 99; stranger++) shelf.count(`persistent ${stranger}`, 0);
    }
    expect(shelf.standing('victim')).toBe(3);
  });
});
