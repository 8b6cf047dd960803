import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSecrets } from '../../src/crypto/secrets.ts';
import { csrfToken, isCsrfTokenOf } from '../../src/domain/csrf.ts';

const secrets = createSecrets('a secret of the tests, long enough', ['a secret that was in use before it']);
const mac = secrets.mac('csrf');
const SESSION = '0199c1d2-7a3b-7c4d-8e5f-0123456789ab';

describe('a CSRF token', () => {
  test('B3: fits its own session and no other', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        fc.pre(one !== other);
        const token = csrfToken(one, mac);
        expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
        expect(csrfToken(one, mac)).toBe(token);
        expect(isCsrfTokenOf(one, token, mac)).toBe(true);
        expect(isCsrfTokenOf(other, token, mac)).toBe(false);
      }),
    );
  });

  test('with any one character changed, left out or added does not fit', () => {
    const token = csrfToken(SESSION, mac);
    for (let at = 0; at < token.length; at++) {
      const [before, after] = [token.slice(0, at), token.slice(at + 1)];
      // The last character's low bits say nothing: they are compared in the test below.
      const changed = token[at] === 'A' ? 'z' : 'A';
      expect(isCsrfTokenOf(SESSION, before + changed + after, mac)).toBe(false);
      expect(isCsrfTokenOf(SESSION, before + after, mac)).toBe(false);
      expect(isCsrfTokenOf(SESSION, `${before}A${token.slice(at)}`, mac)).toBe(false);
    }
    for (const other of ['', ' ', `${token}=`, `${token}\n`])
      expect(isCsrfTokenOf(SESSION, other, mac)).toBe(false);
  });

  test('of a previous secret fits, of a strange one or of another purpose not', () => {
    const before = createSecrets('a secret that was in use before it', []).mac('csrf');
    expect(isCsrfTokenOf(SESSION, csrfToken(SESSION, before), mac)).toBe(true);
    const strange = createSecrets('a secret that nobody has ever heard of', []).mac('csrf');
    expect(isCsrfTokenOf(SESSION, csrfToken(SESSION, strange), mac)).toBe(false);
    expect(isCsrfTokenOf(SESSION, csrfToken(SESSION, secrets.mac('refresh')), mac)).toBe(false);
  });
});
