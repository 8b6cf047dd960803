import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judge, readVectors } from '../../../conformance/judge.ts';

const folder = new URL('../../../conformance/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
const vectors = files.flatMap((name) => readVectors(readFileSync(new URL(name, folder), 'utf8')));
const shownBy = JSON.parse(readFileSync(new URL('attacks.json', folder), 'utf8')) as Record<string, string[]>;

function attacksOf(id: string): string {
  const numbers = Object.keys(shownBy).filter((number) => shownBy[number]?.includes(id));
  return numbers.length === 0 ? '' : `${numbers.map((number) => `attack ${number}`).join(', ')}: `;
}

describe('the conformance vectors', () => {
  test('there are at least 400, each with a name of its own', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(400);
    expect(new Set(vectors.map(({ id }) => id)).size).toBe(vectors.length);
  });

  test('A6: every algorithm has one that is accepted and one that is refused', () => {
    for (const name of [
      'es256',
      'es384',
      'es512',
      'rs256',
      'rs384',
      'rs512',
      'ps256',
      'ps384',
      'ps512',
      'eddsa',
    ]) {
      const of = vectors
        .filter(({ id }) => id.startsWith(`algorithms/${name}-`))
        .map((vector) => vector.expect);
      expect(of).toContain('accept');
      expect(of).toContain('token_untrusted');
    }
  });

  test.for(vectors.map((vector) => ({ name: `${attacksOf(vector.id)}${vector.id}`, vector })))(
    '$name',
    ({ vector }) => {
      const { verdict, code, fault } = judge(vector);
      if (vector.expect === 'reject') {
        expect(verdict).toBe('reject');
        expect(code).not.toBe('internal_error');
      } else {
        expect(code ?? verdict).toBe(vector.expect);
        expect(fault).toBeUndefined();
      }
    },
  );
});
