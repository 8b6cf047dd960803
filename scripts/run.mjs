// Every `npm run` of the tree starts here, under whatever Node the machine has: plain JavaScript that Node 18 can run,
// importing nothing but Node itself. It makes sure of a fitting Node and hands the task over to scripts/main.ts.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { passSignalsOn } from './lib/signals.mjs';
import { fetchToolchain, findNpm, isFitting } from './setup/toolchain.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The Node to go on with: the machine's own if it fits, else the one in .toolchain, fetched when missing. */
function findNode(npm) {
  return isFitting(process.versions.node) ? process.execPath : fetchToolchain(ROOT, npm);
}

try {
  const npm = findNpm();
  const node = findNode(npm);
  process.env.PATH = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`;
  // The npm that was found stays the npm of the whole run: the fetched Node brings none of its own.
  if (npm !== undefined) process.env.npm_execpath = npm;
  const flags = ['--disable-warning=ExperimentalWarning', join(ROOT, 'scripts/main.ts')];
  // The channel tells the task when this process is gone, however it went, so that nothing is left running.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const task = spawn(node, [...flags, ...process.argv.slice(2)], { stdio });
  passSignalsOn(task);
  // npm answers a SIGTERM by ending the shell between itself and us, which tells us nothing.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || task.kill('SIGTERM'), 200).unref();
  task.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
