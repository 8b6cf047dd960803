import { expect, test } from 'vitest';
import { quickFigures } from './quick-run.ts';

test(
  'the bench of the verifier ends with one line of JSON that has the named figures',
  { timeout: 120_000 },
  async () => {
    const figures = await quickFigures('verify');
    expect(Object.keys(figures)).toEqual([
      'first_sight_over_raw',
      'seen_us',
      'seen_added_us',
      'best_peer_added_us',
    ]);
  },
);
