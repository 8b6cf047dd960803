import { expect, test } from 'vitest';
import {
  addedCost,
  cost,
  measureInterleaved,
  median,
  percentile,
  relativeCost,
  type Variant,
} from '../lib/statistics.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});

test('a percentile is a value that was measured, and so many of a hundred do not exceed it', () => {
  const values = Array.from({ length: 200 }, (_, at) => 200 - at);
  expect([percentile(values, 50), percentile(values, 99), percentile(values, 100)]).toEqual([100, 198, 200]);
  expect(() => percentile([], 99)).toThrow(RangeError);
});

test('what is added is the median of the differences within a round, so that a slow round counts alike for both', () => {
  const costs = new Map([
    ['bare', [10, 50, 12]],
    ['ours', [13, 53, 14]],
  ]);
  expect(cost(costs, 'ours')).toBe(14);
  expect(addedCost(costs, 'ours', 'bare')).toBe(3);
  expect(relativeCost(costs, 'ours', 'bare')).toBeCloseTo(14 / 12);
});

test('variants take turns, every other round backwards, with as many operations as fill a round', async () => {
  const calls: string[] = [];
  const variant = (name: string, microseconds: number): Variant => ({
    name,
    measure: (operations) => {
      calls.push(`${name} ${operations}`);
      return microseconds;
    },
  });
  const costs = await measureInterleaved([variant('a', 10), variant('b', 20)], {
    rounds: 2,
    roundMilliseconds: 1,
  });
  expect(calls.slice(-4)).toEqual(['a 100', 'b 50', 'b 50', 'a 100']);
  expect(costs.get('b')).toEqual([20, 20]);
});
