import { expect, test } from 'vitest';
import { quickFigures } from './quick-run.ts';

test(
  'the bench of refreshes ends with the named figures, of as many promotions',
  { timeout: 120_000 },
  async () => {
    const figures = await quickFigures('refresh');
    expect(Object.keys(figures)).toEqual([
      'postgres_of_pgbench',
      'cpu_us',
      'sqlite_grouped_over_single',
      'over_better_auth',
    ]);
    for (const figure of Object.values(figures)) expect(figure).toBeGreaterThan(0);
  },
);
