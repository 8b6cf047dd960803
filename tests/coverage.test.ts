import { expect, test } from 'vitest';
import { idsExplainedIn, idsNamedIn, withTests } from '../scripts/lib/coverage.ts';

const PAGE = ['# Page', '', '- **A1** One thing.', '- **31** Another.', '  Not built yet.', ''].join('\n');

test('attacks are named one by one, in lists and in ranges', () => {
  expect([...idsNamedIn(`test('attack 31: white space')`)]).toEqual(['31']);
  expect([...idsNamedIn(`describe('Attacks 1, 2 and 5 to 7')`)]).toEqual(['1', '2', '5', '6', '7']);
  expect([...idsNamedIn('def test_attack_23_crit():')]).toEqual(['23']);
});

test('requirements are named where a title begins with them', () => {
  expect([...idsNamedIn(`test('B8: one refresh')`)]).toEqual(['B8']);
  expect([...idsNamedIn('test("A1 and B2, B3: both modes")')]).toEqual(['A1', 'B2', 'B3']);
  expect([...idsNamedIn(`expect(cell).toBe('A1')`)]).toEqual([]);
});

test('a page explains the ids that its entries begin with', () => {
  expect(idsExplainedIn(PAGE)).toEqual(['A1', '31']);
});

test('the tests of an entry replace what stood there, and an entry without tests says so', () => {
  const tests = new Map([['packages/x/tests/y.test.ts', new Set(['31'])]]);
  const written = withTests(PAGE, 'docs/security/page.md', tests);
  expect(written.split('\n')).toEqual([
    '# Page',
    '',
    '- **A1** One thing.',
    '  Not built yet.',
    '- **31** Another.',
    '  Shown by [packages/x/tests/y.test.ts](../../packages/x/tests/y.test.ts)',
    '',
  ]);
  expect(withTests(written, 'docs/security/page.md', tests)).toBe(written);
});
