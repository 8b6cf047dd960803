import { show } from '../lib/command.ts';
import { ensurePython } from '../setup/python.ts';

/** So many mutated tokens, through the TypeScript and the Python verifier. */
export async function run(args: readonly string[]): Promise<number> {
  await ensurePython();
  return show(process.execPath, ['conformance/fuzz.ts', ...args]);
}
