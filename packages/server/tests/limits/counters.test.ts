import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Limit } from '../../src/ports/limiter.ts';
import { PLACES } from './places.ts';
import type { Place } from './places.ts';

const LIMIT: Limit = { name: 'login_account', attempts: 3, window: 60_000 };

describe.each(PLACES)('attempts that are counted in %s', (_name, open) => {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.end());

  test('F1: as many as the limit allows pass; then the rest of the window is told', async () => {
    const key = randomUUID();
    for (let i = 0; i < LIMIT.attempts; i++) expect(await place.counter.count(LIMIT, key)).toBe(0);
    const wait = await place.another.count(LIMIT, key);
    expect(wait).toBeGreaterThan(50_000);
    expect(wait).toBeLessThanOrEqual(LIMIT.window);
    expect(await place.counter.count(LIMIT, randomUUID())).toBe(0);
    expect(await place.counter.count({ ...LIMIT, name: 'login_address' }, key)).toBe(0);
  });

  test('attack 92: of 40 at once, at two servers, as many pass as the limit allows', async () => {
    const key = randomUUID();
    const waits = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? place.counter : place.another).count(LIMIT, key)),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(LIMIT.attempts);
  });

  test('one that was taken back can be had again, and what was refused in between is not counted', async () => {
    const key = randomUUID();
    for (let i = 0; i < LIMIT.attempts + 5; i++) await place.counter.count(LIMIT, key);
    await place.another.takeBack(LIMIT, key);
    expect(await place.counter.count(LIMIT, key)).toBe(0);
    expect(await place.counter.count(LIMIT, key)).toBeGreaterThan(0);
  });

  test('no more can be taken back than was counted', async () => {
    const key = randomUUID();
    for (let i = 0; i < 3; i++) await place.counter.takeBack(LIMIT, key);
    for (let i = 0; i < LIMIT.attempts; i++) expect(await place.counter.count(LIMIT, key)).toBe(0);
    expect(await place.counter.count(LIMIT, key)).toBeGreaterThan(0);
  });

  test('when the window is over, another begins', async () => {
    const key = randomUUID();
    // Redis's clock can't be set: there the window is as short as it can be told from none.
    const limit = place.advance === undefined ? { ...LIMIT, window: 20 } : LIMIT;
    for (let i = 0; i < limit.attempts; i++) await place.counter.count(limit, key);
    expect(await place.counter.count(limit, key)).toBeGreaterThan(0);
    place.advance?.(limit.window);
    await vi.waitFor(async () => expect(await place.counter.count(limit, key)).toBe(0));
  });

  test('any sequence counts as the rule says', async () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 2 }), back: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const keys = [randomUUID(), randomUUID(), randomUUID()];
        const counts = [0, 0, 0];
        for (const { key, back } of steps) {
          const count = counts[key] ?? 0;
          if (back) {
            await place.counter.takeBack(LIMIT, keys[key] ?? '');
            counts[key] = Math.max(0, count - 1);
          } else {
            const passes = (await place.counter.count(LIMIT, keys[key] ?? '')) === 0;
            expect(passes).toBe(count < LIMIT.attempts);
            counts[key] = Math.min(LIMIT.attempts, count + 1);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
