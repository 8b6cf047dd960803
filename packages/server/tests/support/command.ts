import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ISSUER } from './service.ts';

const ENTRY = fileURLToPath(new URL('./command-entry.ts', import.meta.url));

/** How a command ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface RunningCommand {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves with the first line of standard output; rejects if the command ends before it. */
  readonly firstLine: Promise<string>;
  readonly result: Promise<CommandResult>;
}

/** Settings for a command in a process of its own. */
export function commandEnvironment(databaseUrl: string, secret: string): Readonly<Record<string, string>> {
  return { LATCHSTRING_ISSUER: ISSUER, LATCHSTRING_SECRET: secret, LATCHSTRING_DATABASE_URL: databaseUrl };
}

const running = new Set<ChildProcessWithoutNullStreams>();
// A run that ends in a hurry still takes its commands along.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `latchstring ARGUMENTS…` from source as a real process, with nothing of this one's settings. */
export function startCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
): RunningCommand {
  const child = spawn(process.execPath, ['--conditions=latchstring-source', ENTRY, ...args], {
    env: { PATH: process.env['PATH'], ...environment },
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  const output = { stdout: '', stderr: '' };
  const result = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output.stdout += chunk;
      if (output.stdout.includes('\n')) resolve(output.stdout.split('\n')[0] ?? '');
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk));
    void result.then(({ stderr }) => reject(new Error(`the command ended: ${stderr}`)));
  });
  firstLine.catch(() => undefined);
  child.stdin.end(input);
  return { child, firstLine, result };
}

/** Runs a command to its end. */
export function runCommand(...given: Parameters<typeof startCommand>): Promise<CommandResult> {
  return startCommand(...given).result;
}
