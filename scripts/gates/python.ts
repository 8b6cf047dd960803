import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture, tool } from '../lib/command.ts';
import type { Gate } from '../lib/gate.ts';
import { PYTHON } from '../lib/python.ts';
import { ROOT } from '../lib/workspace.ts';
import { ensurePython } from '../setup/python.ts';

const FOLDER = join(ROOT, 'python');

/** The examples' backends in Python: each a program of its own, whose files import each other by their bare names. */
function backends(): readonly string[] {
  return globSync('examples/backends/*/start.py', { cwd: ROOT }).map((path) => join(ROOT, dirname(path)));
}

async function findings(
  command: string,
  args: readonly string[],
  cwd: string = FOLDER,
): Promise<readonly string[]> {
  await ensurePython();
  const { status, output } = await capture(command, args, { cwd });
  return status === 0 ? [] : [output.trim()];
}

/** A gate that is Ruff, over the package and the examples' backends, by the same rules. */
function ruff(name: string, ...args: readonly string[]): Gate {
  return {
    name,
    async run() {
      const found = [...(await findings(PYTHON, ['-m', 'ruff', ...args, '--quiet', '.']))];
      // There our package is one that was installed.
      const rules = [
        '--config',
        join(FOLDER, 'pyproject.toml'),
        '--config',
        'lint.isort.known-first-party = []',
      ];
      for (const backend of backends())
        found.push(...(await findings(PYTHON, ['-m', 'ruff', ...args, '--quiet', ...rules, '.'], backend)));
      return found;
    },
  };
}

export const pythonFormat: Gate = ruff('python format', 'format', '--check');

export const pythonLint: Gate = ruff('python lint', 'check', '--output-format', 'concise');

async function typesOfBackend(backend: string): Promise<readonly string[]> {
  const settings = [
    '--config-file',
    join(FOLDER, 'pyproject.toml'),
    '--cache-dir',
    join(ROOT, '.cache/mypy-examples'),
  ];
  return findings(PYTHON, ['-m', 'mypy', '--no-error-summary', ...settings, '.'], backend);
}

/** Two checkers, since the people who use the package have either. Pyright's package for Python would fetch a Node of its own. */
export const pythonTypes: Gate = {
  name: 'python types',
  async run() {
    const mypy = await findings(PYTHON, ['-m', 'mypy', '--no-error-summary']);
    const pyright = ['--pythonpath', PYTHON, '--project', FOLDER, '--warnings'];
    const found = [...mypy, ...(await findings(process.execPath, [tool('pyright/index.js'), ...pyright]))];
    for (const backend of backends()) found.push(...(await typesOfBackend(backend)));
    return found;
  },
};
