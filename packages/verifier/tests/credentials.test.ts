import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCookies } from '@latchstring/protocol';
import { COOKIE, COOKIE_CLAIMS, request, token, verdict, verifierOf } from './support.ts';

describe('credentials', () => {
  it('finds the cookies that splitting the header finds', () => {
    const piece = fc.constantFrom('a', COOKIE, `${COOKIE}-csrf`, '=', ';', ' ', '\t', 'x', '"', ',');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const header = pieces.join('');
        const pairs = header.split(';').filter((pair) => pair.includes('='));
        const expected = pairs
          .filter((pair) => pair.slice(0, pair.indexOf('=')).trim() === COOKIE)
          .map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
        expect(readCookies(header, COOKIE)).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads one name only, fixed by the settings', async () => {
    const cookie = token(COOKIE_CLAIMS);
    const check = (name: string, options = {}): Promise<string> =>
      verdict(() => verifierOf(options).verifyRequest(request({ cookie: `${name}=${cookie}` })));
    expect(await check('__Host-latchstring')).toBe('accept');
    expect(await check('__Secure-latchstring')).toBe('credentials_missing');
    expect(await check('latchstring')).toBe('credentials_missing');
    expect(await check('__host-latchstring')).toBe('credentials_missing');
    expect(await check('__Secure-latchstring', { cookieDomain: 'example.com' })).toBe('accept');
    expect(await check('__Host-latchstring', { cookieDomain: 'example.com' })).toBe('credentials_missing');
  });

  it.each([
    [{}, 'credentials_missing'],
    [{ authorization: 'Basic eDp5' }, 'credentials_missing'],
    [{ authorization: `Bearerx ${token()}` }, 'credentials_missing'],
    [{ authorization: '' }, 'credentials_missing'],
    [{ cookie: '' }, 'credentials_missing'],
    [{ cookie: COOKIE }, 'credentials_missing'],
    [{ cookie: `${COOKIE}=` }, 'token_malformed'],
    [{ cookie: `${COOKIE}="${token(COOKIE_CLAIMS)}"` }, 'token_malformed'],
    [{ cookie: `${COOKIE}=${encodeURIComponent('a b')}` }, 'token_malformed'],
  ])('answers %j with %s', async (headers: Record<string, string>, code) => {
    expect(await verdict(() => verifierOf().verifyRequest(request(headers)))).toBe(code);
  });
});
