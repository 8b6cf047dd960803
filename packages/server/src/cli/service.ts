import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { readOptions } from '../config/environment.ts';
import type { LatchstringOptions } from '../config/options.ts';
import { createLatchstring } from '../main.ts';
import type { Administration } from '../main.ts';
import { UsageError } from './report.ts';

/** The options that the environment and `--config` give. */
export function optionsOf(command: Command): LatchstringOptions {
  const { config } = command.optsWithGlobals<{ config?: string }>();
  return readOptions(process.env, config);
}

/** Runs an administrator's command on the service's own database, beside servers that run. */
export async function administer<T>(
  command: Command,
  run: (administration: Administration) => Promise<T>,
): Promise<T> {
  const service = await createLatchstring({
    ...optionsOf(command),
    logLevel: 'error',
    logTo: process.stderr,
  });
  try {
    return await run(service.administration);
  } finally {
    await service.close();
  }
}

/** The first line of standard input, without its end. Typed on a terminal, it is not shown. */
export async function readLine(): Promise<string> {
  if (process.stdin.isTTY) return readHidden();
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk as string;
    if (text.includes('\n')) break;
    if (text.length > 1024 * 1024) throw new UsageError('Standard input is too long.');
  }
  return text.split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
}

async function readHidden(): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
  }
}

/** Rows as columns that line up. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  for (const row of [header, ...rows]) {
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}
