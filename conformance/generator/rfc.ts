import { readFileSync } from 'node:fs';
import type { Jwk } from './material.ts';
import { jws, replacePart, type Entry } from './tokens.ts';

/** An example that a standard prints, with the key that it belongs to. */
interface Example {
  readonly id: string;
  readonly algorithm: string;
  readonly key: Jwk;
  readonly token: string;
  /** Left out where the example is accepted. */
  readonly expect?: string;
  readonly attacks?: readonly number[];
}

/** The printed examples of RFC 7515, RFC 7520, RFC 7797 and RFC 8037, and each accepted one with its signature changed. */
export function rfc(): Entry[] {
  const { examples } = JSON.parse(readFileSync(new URL('../rfc-examples.json', import.meta.url), 'utf8')) as {
    readonly examples: readonly Example[];
  };
  return examples.flatMap(({ id, algorithm, key, token, expect = 'accept', attacks = [] }) => {
    const settings = { jwks: { keys: [key] }, algorithms: [algorithm], attacks };
    const example = jws(`rfc/${id}`, expect, token, settings);
    if (expect !== 'accept') return [example];
    const first = (part: string): string => (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
    return [example, jws(`rfc/${id}-changed`, 'token_untrusted', replacePart(token, 2, first), settings)];
  });
}
