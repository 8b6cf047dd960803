import { expect, test } from 'vitest';
import { quickFigures } from './quick-run.ts';

test(
  'the bench of the Python verifier ends with one line of JSON that has the named figures',
  { timeout: 300_000 },
  async () => {
    expect(Object.keys(await quickFigures('python'))).toEqual([
      'first_sight_over_raw',
      'flask_seen_added_ratio',
      'flask_jwt_extended_added_over_ours',
    ]);
  },
);
