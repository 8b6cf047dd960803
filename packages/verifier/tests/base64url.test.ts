import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64url, decodeBase64urlBytes } from '../src/base64url.ts';

/** What Node encodes again just as it was is canonical, and nothing else is. */
function byNode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

describe('decodeBase64url', () => {
  it('gives back what was encoded, of every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url');
        expect(decodeBase64url(text)?.equals(bytes)).toBe(true);
      }),
    );
  });

  it('refuses every text but the canonical one (attack 31)', () => {
    const near = fc.stringMatching(/^[AQgwBR_\-+/=. \né€]{0,9}$/);
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary', maxLength: 9 })), (text) => {
        expect(decodeBase64url(text)).toEqual(byNode(text));
      }),
      { numRuns: 20_000 },
    );
  });

  it('takes every digit in every place as Node does, and no other byte', () => {
    for (let place = 0; place < 4; place++) {
      for (let code = 0; code < 0x180; code++) {
        const text = `${'A'.repeat(place)}${String.fromCharCode(code)}${'A'.repeat(3 - place)}`;
        for (const length of [2, 3, 4]) {
          expect(decodeBase64url(text.slice(0, length))).toEqual(byNode(text.slice(0, length)));
        }
      }
    }
  });

  it('decodes a part of a text', () => {
    expect(decodeBase64urlBytes(Buffer.from('e30.QUI.QQ'), 4, 7)?.toString()).toBe('AB');
    expect(decodeBase64urlBytes(Buffer.from('e30.QUI.QQ'), 8, 10)?.toString()).toBe('A');
    expect(decodeBase64urlBytes(Buffer.from('e30.QUI.QQ'), 4, 4)?.length).toBe(0);
  });
});
