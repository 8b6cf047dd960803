import { show, tool } from '../lib/command.ts';

/** Formats the whole tree, or the files that are named. */
export function run(files: readonly string[]): Promise<number> {
  const paths = files.length > 0 ? files : ['.'];
  return show(process.execPath, [
    tool('prettier/bin/prettier.cjs'),
    '--log-level',
    'warn',
    '--write',
    ...paths,
  ]);
}
