/** Set by `npm run faults`. */
const isLong = process.env['LATCHSTRING_TEST_FAULTS'] === 'long';

/** How much of something a test does: little in `npm test`, all of it in `npm run faults`. */
export function scale(short: number, long: number): number {
  return isLong ? long : short;
}

/** How long a test may take, in milliseconds. */
export const PATIENCE = scale(120_000, 3_600_000);
