import { expect, test } from 'vitest';
import { quickFigures } from './quick-run.ts';

test('the bench of storms ends with the named figures', { timeout: 120_000 }, async () => {
  const figures = await quickFigures('storm');
  expect(Object.keys(figures)).toEqual(['refresh_p99_over_quiet', 'logins_of_argon2_limit']);
  for (const figure of Object.values(figures)) expect(figure).toBeGreaterThan(0);
});
