import { expect, test } from 'vitest';
import { countsOfReport } from '../scripts/lib/pytest.ts';

test('the counts of a run of pytest are those of its report', () => {
  const report =
    '<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="20" time="1.5"><testcase/>';
  expect(countsOfReport(report)).toEqual({ passed: 14, failed: 3, skipped: 3 });
  expect(() => countsOfReport('<testsuites/>')).toThrow('does not count');
});
