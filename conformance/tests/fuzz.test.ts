import { beforeAll, expect, test } from 'vitest';
import { ensurePython } from '../../scripts/setup/python.ts';
import { fuzz } from '../fuzz/run.ts';

const CASES = 20_000;
const SEED = 20_261_127;

beforeAll(async () => {
  await ensurePython();
}, 300_000);

test('C7: the two verifiers say the same to 20,000 mutated tokens, and accept none that was altered', async () => {
  const { cases, accepted, codes, disagreements, alteredAccepted } = await fuzz(CASES, SEED);
  expect(disagreements).toEqual([]);
  expect(alteredAccepted).toEqual([]);
  expect(cases).toBe(CASES);
  // It is no comparison of refusals alone, nor of one kind of them.
  expect(accepted).toBeGreaterThan(1000);
  expect([...codes.keys()].sort()).toEqual([
    'token_expired',
    'token_malformed',
    'token_not_yet_valid',
    'token_untrusted',
    'token_wrong_audience',
    'token_wrong_issuer',
    'token_wrong_type',
  ]);
}, 300_000);
