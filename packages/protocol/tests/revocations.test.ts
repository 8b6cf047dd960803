import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPosition, parsePosition } from '../src/index.ts';

test('a position is read back as it was written', () => {
  const position = fc.record({
    epoch: fc.stringMatching(/^[0-9a-f]{16}$/),
    seq: fc.nat({ max: 999_999_999_999 }),
  });
  fc.assert(
    fc.property(position, (place) => {
      expect(parsePosition(formatPosition(place))).toEqual(place);
    }),
  );
});

test.each([[''], ['.'], ['a.'], ['.1'], ['a.-1'], ['a.1.2'], ['a.1e3'], ['a b.1'], [`a.${'9'.repeat(16)}`]])(
  'anything else is none: %s',
  (text) => {
    expect(parsePosition(text)).toBeUndefined();
  },
);
