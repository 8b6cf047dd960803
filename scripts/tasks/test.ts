import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { show, tool } from '../lib/command.ts';
import { sum } from '../lib/counts.ts';
import type { Counts } from '../lib/counts.ts';
import { runPytest } from '../lib/pytest.ts';
import { ROOT } from '../lib/workspace.ts';
import { ensureSystemPackages } from '../setup/system-packages.ts';
import { runGates } from './check.ts';

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** A test file that could not even be loaded has no tests to count, and still is a failure. */
function countsOf(report: VitestReport): Counts {
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Runs Vitest over the files that are named, or all. A run that fails without a failed test counts as one. */
async function runVitest(files: readonly string[]): Promise<Counts> {
  const path = join(ROOT, '.cache', `vitest-${process.pid}.json`);
  const flags = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  try {
    const status = await show(process.execPath, [tool('vitest/vitest.mjs'), ...flags, ...files]);
    const counts = countsOf(JSON.parse(readFileSync(path, 'utf8')) as VitestReport);
    return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(path, { force: true });
  }
}

const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };

/** The tests of the files that are named, in the language of each, or all of both. */
async function runTests(files: readonly string[]): Promise<Counts> {
  const python = files.filter((file) => /^(?:\.\/)?python(?:\/|$)/.test(file));
  const others = files.filter((file) => !python.includes(file));
  const isAll = files.length === 0;
  const inNode = isAll || others.length > 0 ? await runVitest(others) : NONE;
  const inPython = isAll || python.length > 0 ? await runPytest(python) : NONE;
  return sum(inNode, inPython);
}

/** The gates and all tests; or the tests of the files that are named, alone. Ends with one line over everything. */
export async function run(files: readonly string[]): Promise<number> {
  await ensureSystemPackages();
  const gates = files.length === 0 ? { ...(await runGates()), skipped: 0 } : NONE;
  const { passed, failed, skipped } = sum(gates, await runTests(files));
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 && passed > 0 ? 0 : 1;
}
