/**
 * Compares the verifiers on mutated tokens: `npm run fuzz -- COUNT [SEED]`. Exit status: 0 where both say the same to all of them, and
 * accept none of which a character was changed. What they disagree on goes to `.cache/fuzz.jsonl`, as vectors.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/lib/workspace.ts';
import { fuzz } from './fuzz/run.ts';

const [count = 20_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error('npm run fuzz -- COUNT [SEED], both whole numbers.');
  process.exit(2);
}

console.error(`${count} mutated tokens, seed ${seed} …`);
const start = performance.now();
const report = await fuzz(count, seed, ({ cases, disagreements, alteredAccepted }) => {
  if (cases % 50_000 > 0) return;
  console.error(
    `${cases}: ${disagreements.length} disagreements, ${alteredAccepted.length} altered accepted …`,
  );
});
const findings = [...report.disagreements, ...report.alteredAccepted];
if (findings.length > 0) {
  const path = join(ROOT, '.cache/fuzz.jsonl');
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  writeFileSync(path, findings.map(({ vector }) => `${JSON.stringify(vector)}\n`).join(''));
  for (const { vector, typescript, python } of findings.slice(0, 20)) {
    console.error(`${vector.id}: TypeScript says "${typescript}", Python says "${python}"`);
  }
  console.error(`As vectors: ${path}`);
}
const codes = [...report.codes].sort(([, a], [, b]) => b - a).map(([code, times]) => `${code} ${times}`);
console.log(`accept ${report.accepted}, ${codes.join(', ')}`);
console.log(
  `${report.cases} cases in ${((performance.now() - start) / 1000).toFixed(0)} s: ${report.disagreements.length} disagreements, ${report.alteredAccepted.length} altered tokens accepted`,
);
process.exitCode = findings.length === 0 ? 0 : 1;
