// Runs a program that is no Node, as a service of ours: it gets the signals to stop, and ends when we do.
import { spawn } from 'node:child_process';
import { passSignalsOn } from './signals.mjs';

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
passSignalsOn(child);
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on('exit', (code) => process.exit(code ?? 1));
