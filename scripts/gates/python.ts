import { join } from 'node:path';
import { capture, tool } from '../lib/command.ts';
import type { Gate } from '../lib/gate.ts';
import { PYTHON } from '../lib/python.ts';
import { ROOT } from '../lib/workspace.ts';
import { ensurePython } from '../setup/python.ts';

const FOLDER = join(ROOT, 'python');

async function findings(command: string, args: readonly string[]): Promise<readonly string[]> {
  await ensurePython();
  const { status, output } = await capture(command, args, { cwd: FOLDER });
  return status === 0 ? [] : [output.trim()];
}

/** A gate that is a program in the virtual environment. */
function program(name: string, ...args: readonly string[]): Gate {
  return { name, run: () => findings(PYTHON, ['-m', ...args]) };
}

export const pythonFormat: Gate = program('python format', 'ruff', 'format', '--check', '--quiet', '.');

export const pythonLint: Gate = program(
  'python lint',
  'ruff',
  'check',
  '--quiet',
  '--output-format',
  'concise',
  '.',
);

/** Two checkers, since the people who use the package have either. Pyright's package for Python would fetch a Node of its own. */
export const pythonTypes: Gate = {
  name: 'python types',
  async run() {
    const mypy = await findings(PYTHON, ['-m', 'mypy', '--no-error-summary']);
    const pyright = ['--pythonpath', PYTHON, '--project', FOLDER, '--warnings'];
    return [...mypy, ...(await findings(process.execPath, [tool('pyright/index.js'), ...pyright]))];
  },
};
