import { join } from 'node:path';
import { ROOT } from './workspace.ts';

/** The Python of the tree's own virtual environment; `ensurePython()` makes it. */
export const PYTHON: string = join(
  ROOT,
  '.toolchain/python',
  process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python',
);
