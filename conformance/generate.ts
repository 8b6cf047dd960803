/**
 * Writes the vector files. `node conformance/generate.ts` from the root; the same keys give the same bytes.
 */
import { writeFileSync } from 'node:fs';
import { algorithms } from './generator/algorithms.ts';
import { claims } from './generator/claims.ts';
import { form } from './generator/form.ts';
import { json } from './generator/json.ts';
import { keys } from './generator/keys.ts';
import { rfc } from './generator/rfc.ts';
import { signatures } from './generator/signatures.ts';
import { symmetric } from './generator/symmetric.ts';
import type { Entry } from './generator/tokens.ts';

const SUBJECTS: Readonly<Record<string, () => Entry[]>> = {
  algorithms,
  claims,
  form,
  json,
  keys,
  rfc,
  signatures,
  symmetric,
};

/** The text of every generated file, by its name in this folder. */
export function generate(): Map<string, string> {
  const files = new Map<string, string>();
  const attacks = new Map<number, string[]>();
  const seen = new Set<string>();
  for (const [subject, entries] of Object.entries(SUBJECTS)) {
    const lines: string[] = [];
    for (const { attacks: shown, ...vector } of entries()) {
      if (seen.has(vector.id)) throw new TypeError(`two vectors are called ${vector.id}`);
      seen.add(vector.id);
      lines.push(`${JSON.stringify(vector)}\n`);
      for (const attack of shown) attacks.set(attack, [...(attacks.get(attack) ?? []), vector.id]);
    }
    files.set(`${subject}.jsonl`, lines.join(''));
  }
  const byNumber = Object.fromEntries([...attacks].sort(([a], [b]) => a - b));
  files.set('attacks.json', `${JSON.stringify(byNumber, null, 2)}\n`);
  return files;
}

if (import.meta.main) {
  for (const [name, text] of generate()) writeFileSync(new URL(name, import.meta.url), text);
}
