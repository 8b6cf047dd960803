import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';

/** Runs a bench as quickly as it goes and gives the figures of its last line. */
export async function quickFigures(name: string): Promise<Record<string, unknown>> {
  const script = join(import.meta.dirname, `../${name}.ts`);
  const child = spawn(process.execPath, ['--conditions=latchstring-source', script], {
    env: { ...process.env, BENCH_QUICK: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status, errors).toBe(0);
  const figures = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  for (const figure of Object.values(figures)) expect(figure).toEqual(expect.any(Number));
  return figures;
}
