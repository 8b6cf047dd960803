import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { show } from '../lib/command.ts';
import { ROOT } from '../lib/workspace.ts';

/** One measurement by name: bench/NAME.ts. */
export async function run([name = '', ...args]: readonly string[]): Promise<number> {
  const path = join('bench', `${basename(name)}.ts`);
  if (name !== '' && existsSync(join(ROOT, path))) return show(process.execPath, [path, ...args]);
  const names = globSync('bench/*.ts', { cwd: ROOT }).map((file) => basename(file, '.ts'));
  console.error(`Which measurement? npm run bench -- NAME, with one of: ${names.sort().join(', ')}.`);
  return 1;
}
