import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { passSignalsOn } from './signals.mjs';
import { ROOT } from './workspace.ts';

/** Where a command runs (the root, unless set) and in which environment. */
interface Options {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** How a command ended, and everything that it wrote. */
export interface Outcome {
  readonly status: number;
  readonly output: string;
}

/** Runs a command to its end in the root (or `options.cwd`) and keeps what it wrote. */
export function capture(command: string, args: readonly string[], options: Options = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ status: code ?? 1, output });
    });
  });
}

/** Runs a command with this process's own input and output, and answers its exit code. */
export function show(command: string, args: readonly string[], options: Options = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    passSignalsOn(child);
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
}

/** Runs a command whose output is set-up noise: it goes to standard error. Throws if it fails. */
export function setUp(command: string, args: readonly string[], options: Options = {}): void {
  const result = spawnSync(command, args, { cwd: ROOT, ...options, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) throw new Error(`${[command, ...args].join(' ')} failed.`);
}

/** The path of a tool's own script, to be run by this very Node: `tool('eslint/bin/eslint.js')`. */
export function tool(path: string): string {
  return join(ROOT, 'node_modules', path);
}

/** The arguments that run npm under this very Node; npm's path was found by scripts/run.mjs. */
export function npm(...args: readonly string[]): readonly string[] {
  const path = process.env['npm_execpath'];
  if (!path) throw new Error('There is no npm on PATH.');
  return [path, ...args];
}
