import { expect, test } from 'vitest';
import { quickFigures } from './quick-run.ts';

test(
  'the bench of revocations ends with the named figures, and no request made a call',
  { timeout: 120_000 },
  async () => {
    const figures = await quickFigures('revocation');
    expect(Object.keys(figures)).toEqual([
      'p50_ms',
      'p99_ms',
      'max_ms',
      'network_calls_per_request',
      'memory_mb_100k',
      'check_us',
    ]);
    expect(figures['network_calls_per_request']).toBe(0);
    expect(figures['p50_ms']).toBeGreaterThan(0);
  },
);
