import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linearize } from './checker.ts';
import type { Operation, Specification } from './checker.ts';

/** A register: the textbook's object, on which every answer depends on the order. */
type RegisterCall = { readonly kind: 'write'; readonly value: number } | { readonly kind: 'read' };
type RegisterOperation = Operation<RegisterCall, number>;

const REGISTER: Specification<number, RegisterCall, number> = {
  initial: 0,
  step: (value, call, result) => (call.kind === 'write' ? call.value : result === value ? value : undefined),
  key: String,
};

const write = (value: number, called: number, returned: number): RegisterOperation => ({
  ...{ call: { kind: 'write', value }, result: 0, called, returned },
});
const read = (result: number, called: number, returned: number): RegisterOperation => ({
  ...{ call: { kind: 'read' }, result, called, returned },
});

describe('a history', () => {
  test.each([
    ['nothing', []],
    ['one after the other', [write(1, 0, 1), read(1, 2, 3)]],
    ['a read that sees a write before it has returned', [write(1, 0, 3), read(1, 1, 2)]],
    ['a read that does not see it yet', [write(1, 0, 3), read(0, 1, 2)]],
    ['two reads, the later of which sees it', [write(1, 0, 5), read(0, 1, 2), read(1, 3, 4)]],
    ['writes in the other order than they were called', [write(1, 0, 4), write(2, 1, 5), read(1, 6, 7)]],
  ])('that is possible: %s', (_name, history) => {
    expect(linearize(history, REGISTER)).toHaveLength(history.length);
  });

  test.each([
    ['a read of nothing that was written', [read(1, 0, 1)]],
    ['a read of what was over before', [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)]],
    ['two reads that saw the write and then not', [write(1, 0, 5), read(1, 1, 2), read(0, 3, 4)]],
    [
      'two that saw two writes in two orders',
      [write(1, 0, 1), write(2, 0.5, 2), read(1, 3, 4), read(2, 5, 6), read(1, 7, 8)],
    ],
  ])('that is not: %s', (_name, history) => {
    expect(linearize(history, REGISTER)).toBeUndefined();
  });

  const histories = fc
    .array(
      fc.record({
        call: fc.oneof(
          fc.record({ kind: fc.constant('write'), value: fc.nat(2) }),
          fc.record({ kind: fc.constant('read') }),
        ),
        result: fc.nat(2),
        called: fc.integer({ min: 0, max: 12 }),
        length: fc.integer({ min: 1, max: 6 }),
      }),
      { maxLength: 6 },
    )
    .map((operations) =>
      // No two things happen at one moment.
      operations.map(({ call, result, called, length }, i): RegisterOperation => ({
        ...{ call, result, called: called + i / 100, returned: called + length + i / 100 },
      })),
    );

  test('is possible exactly when one of all its orders is', () => {
    let possible = 0;
    fc.assert(
      fc.property(histories, (history) => {
        const order = linearize(history, REGISTER);
        expect(order !== undefined).toBe(orders(history).some(isPossible));
        if (order === undefined) return;
        possible++;
        expect(new Set(order)).toEqual(new Set(history));
        expect(isPossible(order)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(possible).toBeGreaterThan(50);
    expect(possible).toBeLessThan(950);
  });
});

function orders<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => orders(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

function isPossible(order: readonly RegisterOperation[]): boolean {
  const isInTime = order.every(({ called }, i) =>
    order.slice(i + 1).every(({ returned }) => returned > called),
  );
  let state: number | undefined = REGISTER.initial;
  for (const { call, result } of order)
    state = state === undefined ? undefined : REGISTER.step(state, call, result);
  return isInTime && state !== undefined;
}
