import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { show } from '../lib/command.ts';
import { PYTHON } from '../lib/python.ts';
import { ROOT } from '../lib/workspace.ts';
import { ensurePython } from '../setup/python.ts';

/** The vectors of the files that are named, or all of ours, through the Python verifier: a verdict a line. */
export async function run(files: readonly string[]): Promise<number> {
  await ensurePython();
  const paths =
    files.length > 0
      ? files.map((file) => resolve(file))
      : globSync('conformance/*.jsonl', { cwd: ROOT }).sort();
  return show(PYTHON, ['-m', 'latchstring.conformance', ...paths]);
}
