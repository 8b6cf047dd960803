import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { idsExplainedIn, idsNamedIn, withTests } from '../lib/coverage.ts';
import type { Id } from '../lib/coverage.ts';
import type { Gate } from '../lib/gate.ts';
import { ROOT } from '../lib/workspace.ts';

const PAGES = ['docs/requirements.md', 'docs/security/attacks.md'];
const TESTS = [
  'packages/*/tests/**/*.test.{ts,tsx}',
  'examples/{tests,backends/*/tests}/**/*.test.ts',
  '{bench,conformance}/tests/**/*.test.ts',
  'tests/**/*.test.ts',
  'python/tests/**/test_*.py',
];
/** They name ids to test this gate, not to show them. */
const ABOUT_IDS = 'tests/coverage.test.ts';

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function idsByTest(): ReadonlyMap<string, ReadonlySet<Id>> {
  const files = TESTS.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
  return new Map(files.filter((file) => file !== ABOUT_IDS).map((file) => [file, idsNamedIn(read(file))]));
}

/** Writes into both pages which tests name each id. */
export function writeCoverage(): void {
  const tests = idsByTest();
  for (const page of PAGES) writeFileSync(join(ROOT, page), withTests(read(page), page, tests));
}

/** The pages that say what each id means name the very tests that name the id. */
export const coverage: Gate = {
  name: 'coverage',
  run() {
    const tests = idsByTest();
    const explained = new Set(PAGES.flatMap((page) => idsExplainedIn(read(page))));
    const unknown = [...tests].flatMap(([file, ids]) =>
      [...ids].filter((id) => !explained.has(id)).map((id) => `${file} names ${id}, which no page explains`),
    );
    const outdated = PAGES.filter((page) => withTests(read(page), page, tests) !== read(page)).map(
      (page) => `${page} does not name the tests as they are: npm run check -- coverage --write`,
    );
    return Promise.resolve([...unknown, ...outdated]);
  },
};
