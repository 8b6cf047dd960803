import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { show, tool } from '../lib/command.ts';
import { ROOT } from '../lib/workspace.ts';
import { ensureSystemPackages } from '../setup/system-packages.ts';

/** The faults of tests/faults in their long form, one file after the other, or one of them by name: docs/faults.md. */
export async function run(names: readonly string[]): Promise<number> {
  const files = names.map((name) => `tests/faults/${name}.test.ts`);
  const missing = files.find((file) => !existsSync(join(ROOT, file)));
  if (missing !== undefined) {
    console.error(`There is no ${missing}. npm run faults takes names such as: kill, postgres, balancer.`);
    return 1;
  }
  await ensureSystemPackages();
  const env = { ...process.env, LATCHSTRING_TEST_FAULTS: 'long' };
  const flags = ['run', '--reporter=verbose', '--no-file-parallelism'];
  const chosen = files.length > 0 ? files : ['tests/faults'];
  return show(process.execPath, [tool('vitest/vitest.mjs'), ...flags, ...chosen], { env });
}
