import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cookieNames, readCookies } from '../src/index.ts';

describe('cookieNames', () => {
  test('attack 67: elsewhere than on localhost the browser enforces what the prefixes say', () => {
    expect(cookieNames({ issuer: 'https://auth.example.com' })).toEqual({
      access: '__Host-latchstring',
      refresh: '__Secure-latchstring-refresh',
      csrf: '__Host-latchstring-csrf',
    });
    const shared = cookieNames({ issuer: 'https://auth.example.com', cookieDomain: 'example.com' });
    expect(shared.access).toBe('__Secure-latchstring');
    expect(shared.csrf).toBe('__Secure-latchstring-csrf');
  });

  test('two projects on one machine have names of their own', () => {
    const [one, other] = [4000, 4001].map((port) => cookieNames({ issuer: `http://localhost:${port}` }));
    expect(one?.access).toMatch(/^latchstring-[0-9a-f]{8}$/);
    expect(one?.access).not.toBe(other?.access);
  });

  test.each([['http://127.0.0.1:4000'], ['http://localhost.example.com'], ['https://localhost:4000']])(
    'no other origin is taken for localhost: %s',
    (issuer) => {
      expect(cookieNames({ issuer }).access).toBe('__Host-latchstring');
    },
  );
});

describe('readCookies', () => {
  test('attack 64: all values of a name, in the order sent', () => {
    expect(readCookies('a=1; b=2; a=3', 'a')).toEqual(['1', '3']);
    expect(readCookies('xa=1; a =2;\ta= 3 ; ab=4', 'a')).toEqual(['2', '3']);
    expect(readCookies('a', 'a')).toEqual([]);
    expect(readCookies(undefined, 'a')).toEqual([]);
  });

  test('it finds what splitting the header would find', () => {
    const part = fc.stringMatching(/^[ \t]*[abx=]{0,4}[ \t]*=?[ab= ]{0,4}$/);
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const header = parts.join(';');
        const pairs = header.split(';').map((pair) => [pair.indexOf('='), pair] as const);
        const values = pairs
          .filter(([at, pair]) => at !== -1 && pair.slice(0, at).replace(/^[ \t]+|[ \t]+$/g, '') === 'a')
          .map(([at, pair]) => pair.slice(at + 1).trim());
        expect(readCookies(header, 'a')).toEqual(values);
      }),
    );
  });
});
