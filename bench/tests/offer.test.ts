import { expect, test } from 'vitest';
import { offer } from '../lib/offer.ts';

test('as many are begun as are due, whether those before are over or not, each told when its turn came', async () => {
  const due: number[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await offer(1000, 0.02, async (moment) => {
    due.push(moment);
    if (due.length === 20) release();
    // The first one would wait for ever if the others waited for it.
    await held;
  });
  expect(due).toHaveLength(20);
  for (const [at, moment] of due.entries()) expect(moment - (due[0] ?? NaN)).toBeCloseTo(at, 6);
});
