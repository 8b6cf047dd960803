import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generate } from '../generate.ts';

const folder = new URL('../', import.meta.url);

test('generating again gives the files that are committed, byte for byte', () => {
  for (const [name, text] of generate()) {
    const committed = readFileSync(new URL(name, folder), 'utf8');
    // A comparison of megabytes as a matcher would print them.
    expect(committed === text, `${name} is out of date: node conformance/generate.ts`).toBe(true);
  }
});

test('every vector file is generated', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  expect(names.toSorted()).toEqual(
    [...generate().keys()].filter((name) => name.endsWith('.jsonl')).toSorted(),
  );
});
