import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSecrets } from '../../src/crypto/secrets.ts';
import type { RefreshTokenFacts } from '../../src/domain/refresh.ts';
import { issueRefreshToken, parseRefreshToken } from '../../src/domain/refresh-token.ts';

const secrets = createSecrets('a secret of the tests, long enough', ['a secret that was in use before it']);
const mac = secrets.mac('refresh');
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const nonces = fc.uint8Array({ minLength: 16, maxLength: 16 });
const facts: fc.Arbitrary<RefreshTokenFacts> = fc.record({
  sessionId: fc.uuid(),
  generation: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  nonce: nonces,
  parentNonce: nonces,
  issuedAt: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
});
const example: RefreshTokenFacts = {
  sessionId: '0199c1d2-7a3b-7c4d-8e5f-0123456789ab',
  generation: 41,
  nonce: new Uint8Array(16).fill(7),
  parentNonce: new Uint8Array(16).fill(9),
  issuedAt: 1_790_000_000_123,
};

describe('a refresh token', () => {
  test('is read as it was written, in 126 characters that are safe in a cookie', () => {
    fc.assert(
      fc.property(facts, (written) => {
        const token = issueRefreshToken(written, mac);
        expect(token).toMatch(/^lsr_[A-Za-z0-9_-]{122}$/);
        expect(parseRefreshToken(token, mac)).toEqual(written);
      }),
    );
  });

  test('with any one character changed is refused', () => {
    const token = issueRefreshToken(example, mac);
    for (let at = 0; at < token.length; at++) {
      for (const character of `${ALPHABET}=+/. \n\0é`) {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        if (changed !== token) expect(parseRefreshToken(changed, mac)).toBeUndefined();
      }
    }
  });

  test('with a character left out, added or moved is refused', () => {
    const token = issueRefreshToken(example, mac);
    for (let at = 0; at < token.length; at++) {
      expect(parseRefreshToken(token.slice(0, at) + token.slice(at + 1), mac)).toBeUndefined();
      expect(parseRefreshToken(`${token.slice(0, at)}A${token.slice(at)}`, mac)).toBeUndefined();
    }
    for (const other of [`${token}\n`, ` ${token}`, `"${token}"`, token.slice(4), token.toUpperCase(), '']) {
      expect(parseRefreshToken(other, mac)).toBeUndefined();
    }
  });

  test('attack 32: has one spelling: bits that say nothing must be zero', () => {
    const token = issueRefreshToken(example, mac);
    const last = ALPHABET.indexOf(token.slice(-1));
    // 91 bytes leave four bits of the last character over.
    expect(last % 16).toBe(0);
    for (let bits = 1; bits < 16; bits++) {
      const respelled = token.slice(0, -1) + ALPHABET.charAt(last + bits);
      const bytes = Buffer.from(respelled.slice(4), 'base64url');
      expect(bytes.equals(Buffer.from(token.slice(4), 'base64url'))).toBe(true);
      expect(parseRefreshToken(respelled, mac)).toBeUndefined();
    }
  });

  test('of a previous secret is read, of a strange one or of another purpose not', () => {
    const before = createSecrets('a secret that was in use before it', []).mac('refresh');
    expect(parseRefreshToken(issueRefreshToken(example, before), mac)).toEqual(example);
    const strange = createSecrets('a secret that nobody has ever heard of', []).mac('refresh');
    expect(parseRefreshToken(issueRefreshToken(example, strange), mac)).toBeUndefined();
    expect(parseRefreshToken(issueRefreshToken(example, secrets.mac('csrf')), mac)).toBeUndefined();
  });

  test('of a version that is not known is refused, its HMAC being right', () => {
    const bytes = Buffer.from(issueRefreshToken(example, mac).slice(4), 'base64url');
    bytes[0] = 2;
    bytes.set(mac.sign(bytes.subarray(0, 59)), 59);
    expect(parseRefreshToken(`lsr_${bytes.toString('base64url')}`, mac)).toBeUndefined();
  });
});
