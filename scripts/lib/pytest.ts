import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePython } from '../setup/python.ts';
import { show } from './command.ts';
import type { Counts } from './counts.ts';
import { PYTHON } from './python.ts';
import { ROOT } from './workspace.ts';

/** What a report of pytest (JUnit's XML) counts. A test file that could not be loaded is an error, and so a failure. */
export function countsOfReport(xml: string): Counts {
  const [, attributes] = /<testsuite\s([^>]*)>/.exec(xml) ?? [];
  const count = (name: string): number => {
    const [, digits] = new RegExp(`(?:^|\\s)${name}="(\\d+)"`).exec(attributes ?? '') ?? [];
    if (digits === undefined) throw new Error(`The report of pytest does not count ${name}.`);
    return Number(digits);
  };
  const failed = count('failures') + count('errors');
  const skipped = count('skipped');
  return { passed: count('tests') - failed - skipped, failed, skipped };
}

/** Runs pytest over the files that are named, relative to the root, or all. A run that fails without a failed test counts as one. */
export async function runPytest(files: readonly string[]): Promise<Counts> {
  const path = join(ROOT, '.cache', `pytest-${process.pid}.xml`);
  try {
    await ensurePython();
    const args = ['-m', 'pytest', '--quiet', '--junit-xml', path, ...files.map((file) => join(ROOT, file))];
    const status = await show(PYTHON, args, { cwd: join(ROOT, 'python') });
    const counts = countsOfReport(readFileSync(path, 'utf8'));
    return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(path, { force: true });
  }
}
