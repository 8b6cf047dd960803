/**
 * Runs vector files: `npm run conformance -- FILE…`, or every `.jsonl` in this folder without a name. Prints
 * `{id, verdict, code}` a line. Exit status: 0 where every `expect` is met, 1 where one is not, 2 for a file that cannot be read.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isMet, judge, readVectors, type VectorLine } from './judge.ts';

function main(names: readonly string[]): number {
  let vectors: VectorLine[];
  try {
    vectors = (names.length === 0 ? ownFiles() : names).flatMap(readFile);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
  const lines: string[] = [];
  const unmet: string[] = [];
  for (const vector of vectors) {
    const judgement = judge(vector);
    const { verdict, code } = judgement;
    lines.push(`${JSON.stringify({ id: vector.id, verdict, code })}\n`);
    if (!isMet(vector, judgement)) {
      unmet.push(`${vector.id}: expected ${vector.expect ?? 'no failure'}, got ${code ?? verdict}`);
    }
  }
  process.stdout.write(lines.join(''));
  for (const line of unmet) console.error(line);
  console.error(`${vectors.length - unmet.length} of ${vectors.length} vectors as expected`);
  return unmet.length === 0 ? 0 : 1;
}

function ownFiles(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => `${import.meta.dirname}/${name}`);
}

function readFile(name: string): VectorLine[] {
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'There is no such file' : 'It cannot be read';
    throw new Error(`${name}: ${reason}.`, { cause: error });
  }
  try {
    return readVectors(text);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}.`, { cause: error });
  }
}

process.exitCode = main(process.argv.slice(2));
