import { show, tool } from '../lib/command.ts';

const USAGE = `How much of which model?
  npm run model -- 100000                the refresh protocol in 100,000 random schedules a property
  npm run model -- exhaustive            the refresh protocol in every state that can be reached
  npm run model -- linearizability 1000  two servers asked at the same time, in 1,000 random schedules a database`;

/** The models of the refresh protocol, over much more than `npm test` takes: docs/refresh-protocol.md. */
export async function run([what = '100000', count = '1000']: readonly string[]): Promise<number> {
  if (what === 'exhaustive') {
    return runTests('packages/server/tests/refresh/exhaustive.test.ts', { LATCHSTRING_MODEL: what });
  }
  if (what === 'linearizability' && isCount(count)) {
    return runTests('packages/server/tests/linearizability', {
      LATCHSTRING_LINEARIZABILITY_SCHEDULES: count,
    });
  }
  if (isCount(what)) {
    return runTests('packages/server/tests/refresh/model.test.ts', { LATCHSTRING_MODEL_SCHEDULES: what });
  }
  console.error(USAGE);
  return 1;
}

function isCount(text: string): boolean {
  return /^[1-9]\d*$/.test(text);
}

function runTests(path: string, settings: Readonly<Record<string, string>>): Promise<number> {
  const env = { ...process.env, ...settings };
  return show(process.execPath, [tool('vitest/vitest.mjs'), 'run', '--reporter=verbose', path], { env });
}
