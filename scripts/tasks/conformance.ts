import { show } from '../lib/command.ts';

/** The vectors of the files that are named, through the TypeScript verifier: a verdict a line. */
export function run(files: readonly string[]): Promise<number> {
  return show(process.execPath, ['conformance/run.ts', ...files]);
}
