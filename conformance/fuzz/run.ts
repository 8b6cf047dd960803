import { readdirSync, readFileSync } from 'node:fs';
import { VerificationError } from '@latchstring/verifier';
import { judge, readVectors, type VectorLine } from '../judge.ts';
import { Cases, type Case } from './cases.ts';
import { PythonVerifier } from './python.ts';
import { Random } from './random.ts';

/** What came of a run. */
export interface FuzzReport {
  readonly cases: number;
  readonly accepted: number;
  /** Cases to which the two verifiers say different things, or one of them fails. */
  readonly disagreements: readonly Finding[];
  /** Tokens that are accepted though a character of them was changed. */
  readonly alteredAccepted: readonly Finding[];
  /** How many cases were refused with each code. */
  readonly codes: ReadonlyMap<string, number>;
}

/** A case that shows a fault: it can be run again as a vector. */
export interface Finding {
  readonly vector: VectorLine;
  readonly typescript: string;
  readonly python: string;
}

const BATCH = 500;
/** So many cases may be on their way to Python, so that neither waits for the other. */
const AHEAD = 8 * BATCH;
const MOST_FINDINGS = 100;

/** What the TypeScript verifier says: the code and the detail of its refusal, or `accept`. */
function answer(vector: VectorLine): string {
  const { verdict, code, refusal } = judge(vector);
  if (verdict === 'accept') return 'accept';
  return refusal instanceof VerificationError ? `${refusal.code} ${refusal.message}` : (code ?? verdict);
}

function acceptedVectors(): VectorLine[] {
  const folder = new URL('..', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readVectors(readFileSync(new URL(name, folder), 'utf8')))
    .filter(({ expect }) => expect === 'accept');
}

/** Has both verifiers judge so many mutated tokens. The same seed gives the same tokens, as far as signatures are not random. */
export async function fuzz(
  count: number,
  seed: number,
  progress?: (soFar: FuzzReport) => void,
): Promise<FuzzReport> {
  const cases = new Cases(new Random(seed), acceptedVectors());
  const python = new PythonVerifier();
  const tally = new Tally();
  try {
    const waiting: { readonly one: Case; readonly own: string }[] = [];
    for (let made = 0; tally.cases < count;) {
      if (made < count && waiting.length < AHEAD) {
        const batch = Array.from({ length: Math.min(BATCH, count - made) }, () => cases.next());
        made += batch.length;
        await python.send(batch.map((one) => `${JSON.stringify(one)}\n`).join(''));
        waiting.push(...batch.map((one) => ({ one, own: answer(one) })));
        if (waiting.length < AHEAD && made < count) continue;
      }
      const judged = waiting.splice(0, BATCH);
      const answers = await python.take(judged.length);
      for (const [at, { one, own }] of judged.entries()) {
        tally.add(one, own, answers[at] ?? 'internal_error the process has ended');
      }
      progress?.(tally);
    }
  } finally {
    await python.end();
  }
  return tally;
}

/**
 * Code and detail are the same. What is nested beyond Python's own bound is refused by its parser before anything else about it is
 * known, so there the code alone counts.
 */
function isSame(typescript: string, python: string): boolean {
  if (typescript === python) return true;
  return python.endsWith('The text is nested too deeply.') && typescript.startsWith('token_malformed ');
}

class Tally implements FuzzReport {
  cases = 0;
  accepted = 0;
  readonly disagreements: Finding[] = [];
  readonly alteredAccepted: Finding[] = [];
  readonly codes = new Map<string, number>();

  add(one: Case, typescript: string, python: string): void {
    const { id, layer, token, jwks, options, isAltered } = one;
    this.cases++;
    const [code = ''] = typescript.split(' ', 1);
    if (code === 'accept') this.accepted++;
    else this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    const finding = { vector: { id, layer, token, jwks, options }, typescript, python };
    if (!isSame(typescript, python) || code === 'internal_error') this.#note(this.disagreements, finding);
    if (isAltered && (code === 'accept' || python === 'accept')) this.#note(this.alteredAccepted, finding);
  }

  #note(findings: Finding[], finding: Finding): void {
    if (findings.length < MOST_FINDINGS) findings.push(finding);
  }
}
