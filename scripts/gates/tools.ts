import { capture, tool } from '../lib/command.ts';
import type { Gate } from '../lib/gate.ts';

/** A gate that is another program: what it prints when it fails is the finding. */
function program(name: string, path: string, ...args: readonly string[]): Gate {
  return {
    name,
    async run() {
      const { status, output } = await capture(process.execPath, [tool(path), ...args]);
      return status === 0 ? [] : [output.trim()];
    },
  };
}

export const lint: Gate = program(
  'lint',
  'eslint/bin/eslint.js',
  ...['--max-warnings', '0', '--cache', '--cache-location', '.cache/eslint/', '.'],
);

export const format: Gate = program(
  'format',
  'prettier/bin/prettier.cjs',
  ...['--check', '--log-level', 'warn', '--cache', '--cache-location', '.cache/prettier', '.'],
);

export const unused: Gate = program(
  'unused',
  'knip/bin/knip.js',
  '--no-progress',
  '--treat-config-hints-as-errors',
);
