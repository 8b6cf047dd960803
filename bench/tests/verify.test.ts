import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test(
  'the bench of the verifier ends with one line of JSON that has the named figures',
  { timeout: 120_000 },
  () => {
    const script = join(import.meta.dirname, '../verify.ts');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=latchstring-source', script],
      {
        encoding: 'utf8',
        env: { ...process.env, BENCH_QUICK: '1' },
      },
    );
    expect(status, stderr).toBe(0);
    const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(Object.keys(figures)).toEqual([
      'first_sight_over_raw',
      'seen_us',
      'seen_added_us',
      'best_peer_added_us',
    ]);
    for (const figure of Object.values(figures)) expect(figure).toEqual(expect.any(Number));
  },
);
