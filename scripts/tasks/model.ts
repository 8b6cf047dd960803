import { show, tool } from '../lib/command.ts';

/** The model of the refresh protocol over many more schedules than `npm test` takes: docs/refresh-protocol.md. */
export async function run([schedules = '100000']: readonly string[]): Promise<number> {
  if (!/^[1-9]\d*$/.test(schedules)) {
    console.error('How many schedules? npm run model -- 100000');
    return 1;
  }
  const env = { ...process.env, LATCHSTRING_MODEL_SCHEDULES: schedules };
  const test = 'packages/server/tests/refresh/model.test.ts';
  return show(process.execPath, [tool('vitest/vitest.mjs'), 'run', '--reporter=verbose', test], { env });
}
