import { show, tool } from '../lib/command.ts';
import { PYTHON } from '../lib/python.ts';
import { ensurePython } from '../setup/python.ts';

/** Formats the whole tree, or the files that are named. */
export async function run(files: readonly string[]): Promise<number> {
  const python = files.length > 0 ? files.filter((file) => file.endsWith('.py')) : ['python'];
  const others = files.length > 0 ? files.filter((file) => !file.endsWith('.py')) : ['.'];
  const statuses: number[] = [];
  if (others.length > 0) {
    const prettier = [tool('prettier/bin/prettier.cjs'), '--log-level', 'warn', '--write', ...others];
    statuses.push(await show(process.execPath, prettier));
  }
  if (python.length > 0) {
    await ensurePython();
    const settings = ['--config', 'python/pyproject.toml'];
    statuses.push(await show(PYTHON, ['-m', 'ruff', 'format', '--quiet', ...settings, ...python]));
  }
  return Math.max(0, ...statuses);
}
