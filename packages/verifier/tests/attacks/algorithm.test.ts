import { randomBytes, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { remoteKeys } from '../../src/index.ts';
import {
  ALL,
  ISSUER,
  KEY,
  NOW,
  base64url,
  claims,
  compact,
  hmac,
  judge,
  judgeJws,
  setOf,
  testKey,
  token,
  verifierOf,
  type Json,
} from '../support.ts';
import { RSA_PUBLIC, rsaKey } from './rsa.ts';

describe('every algorithm that is allowed works', () => {
  it.each(ALL)('%s', async (alg) => {
    const key = alg.startsWith('RS') ? testKey(alg, 'r') : testKey(alg);
    expect(await judge(token({}, {}, key), verifierOf({ algorithms: [alg] }, [key.jwk]))).toBe('accept');
  });

  it('HS256 with a secret', async () => {
    const secret = randomBytes(32);
    const text = compact(
      '{"alg":"HS256","kid":"any","typ":"at+jwt"}',
      JSON.stringify(claims()),
      hmac(secret),
    );
    expect(await judge(text, verifierOf({ secret }))).toBe('accept');
    expect(await judge(text, verifierOf({ secret: randomBytes(32) }))).toBe('token_untrusted');
  });
});

describe('attack 1: none is no algorithm', () => {
  const names = ['none', 'None', 'NONE', 'nOnE', 'none ', ''];
  it.each(names)('attack 1: alg %j, with and without a signature', async (alg) => {
    expect(await judge(token({}, { alg }))).toBe('token_untrusted');
    expect(await judge(token({}, { alg }).replace(/\.[^.]*$/, '.'))).toBe('token_untrusted');
  });
  it('attack 1: without alg, and with one that is not text', async () => {
    expect(await judge(token({}, { alg: undefined }))).toBe('token_malformed');
    expect(await judge(token({}, { alg: null }))).toBe('token_malformed');
    expect(await judge(token({}, { alg: ['none'] }))).toBe('token_malformed');
  });
});

describe('attack 2: a public key is no shared secret', () => {
  const forms = (key: KeyObject): readonly (readonly [string, Uint8Array])[] => {
    const pem = key.export({ type: 'spki', format: 'pem' });
    const jwk = key.export({ format: 'jwk' }) as Json;
    return [
      ['PEM', Buffer.from(pem)],
      ['PEM without its last newline', Buffer.from(pem.trimEnd())],
      ['PEM with CRLF', Buffer.from(pem.replaceAll('\n', '\r\n'))],
      ['DER', key.export({ type: 'spki', format: 'der' })],
      ['JWK', Buffer.from(JSON.stringify(jwk))],
      ['a member of the JWK', Buffer.from((jwk['n'] ?? jwk['x']) as string)],
      [
        'SSH',
        Buffer.from(`ssh-rsa ${base64url(key.export({ type: 'spki', format: 'der' }))} me@example.com`),
      ],
    ];
  };
  it.each([...forms(KEY.publicKey), ...forms(RSA_PUBLIC)])(
    'attack 2: %s as the secret',
    async (_form, secret) => {
      const verifier = verifierOf({}, [KEY.jwk, rsaKey('RS256').jwk]);
      for (const [bits, kid] of [256, 384, 512].flatMap((b) => [
        [b, KEY.kid] as const,
        [b, rsaKey('RS256').kid] as const,
      ])) {
        const header = JSON.stringify({ alg: `HS${String(bits)}`, kid, typ: 'at+jwt' });
        const text = compact(header, JSON.stringify(claims()), hmac(secret, bits));
        expect(await judge(text, verifier)).toBe('token_untrusted');
        // Not even where the algorithm is allowed: the key decides as well.
        expect(await judgeJws(text, KEY.jwk, rsaKey('RS256').jwk)).toBe('token_untrusted');
      }
    },
  );
  it.each(forms(RSA_PUBLIC).filter(([form]) => form !== 'a member of the JWK'))(
    'attack 2: %s is refused as a secret and as a symmetric key',
    async (_form, secret) => {
      expect(() => verifierOf({ secret })).toThrow(TypeError);
      const jwk = { kty: 'oct', kid: 'k', alg: 'HS256', k: base64url(secret) };
      const text = compact('{"alg":"HS256","kid":"k"}', '{}', hmac(secret));
      expect(await judgeJws(text, jwk)).toBe('token_untrusted');
    },
  );
});

describe('attack 3: the key names its algorithm', () => {
  it.each([
    ['RS256', 'PS256'],
    ['PS256', 'RS256'],
    ['PS384', 'PS256'],
    ['RS512', 'RS256'],
  ])('attack 3: a token under %s with a key for %s', async (alg, keyAlg) => {
    const signer = testKey(alg);
    const text = token({}, { kid: 'k' }, signer);
    expect(await judgeJws(text, { ...signer.jwk, kid: 'k', alg: keyAlg })).toBe('token_untrusted');
    expect(await judgeJws(text, { ...signer.jwk, kid: 'k', alg })).toBe('accept');
  });
  it('attack 3: an algorithm that fits the key but is not on the list', async () => {
    expect(await judge(token(), verifierOf({ algorithms: ['RS256'] }))).toBe('token_untrusted');
  });
});

describe('attacks 4 to 6: no token brings its own key', () => {
  const attacker = testKey('ES256', 'attacker');
  const own: readonly (readonly [string, Json])[] = [
    ['4', { jwk: attacker.jwk }],
    ['4', { jwk: attacker.jwk, kid: undefined }],
    ['5', { jku: 'https://attacker.example/jwks.json' }],
    ['5', { jku: 'http://169.254.169.254/latest/meta-data' }],
    ['5', { x5u: 'https://attacker.example/chain.pem' }],
    ['6', { x5c: ['MIIB'], x5t: 'AAAA', 'x5t#S256': 'AAAA' }],
  ];
  it.each(own)('attack %s: a header with %j is refused without a call', async (_number, header) => {
    const urls: string[] = [];
    const fetch = (url: string): Promise<Response> => {
      urls.push(url);
      return Promise.resolve(Response.json(setOf(KEY.jwk, testKey('ES256', 'other').jwk)));
    };
    const verifier = verifierOf({ keys: remoteKeys({ url: `${ISSUER}/keys`, fetch, now: () => NOW }) });
    expect(await judge(token({}, header, attacker), verifier)).toBe('token_untrusted');
    expect(await judge(token({}, { kid: KEY.kid, ...header }, attacker), verifier)).toBe('token_untrusted');
    expect(new Set(urls)).toEqual(new Set([`${ISSUER}/keys`]));
  });
  it.each(own)('attack %s: %j is ignored under a right signature', async (_number, header) => {
    expect(await judge(token({}, { ...header, kid: KEY.kid }))).toBe('accept');
  });
});

describe('attack 7: a kid is a name and nothing else', () => {
  const kids = [
    '../../../../dev/null',
    '/etc/passwd',
    "' UNION SELECT 'secret' --",
    '| sleep 5',
    'a\u0000b',
    'k'.repeat(4000),
    '__proto__',
    'constructor',
    'toString',
    '',
  ];
  it.each(kids)('attack 7: kid %j finds no key', async (kid) => {
    expect(await judge(token({}, { kid }))).toBe('token_untrusted');
    expect(await judgeJws(token({}, { kid }), KEY.jwk)).toBe('token_untrusted');
  });
  it('attack 7: a kid of 10 kB is refused by length', async () => {
    expect(await judge(token({}, { kid: 'k'.repeat(10_000) }))).toBe('token_malformed');
  });
  it.each([[1], [null], [['key-ES256']], [{}], [true]])('attack 7: kid %j is not text', async (kid) => {
    expect(await judge(token({}, { kid }))).toBe('token_malformed');
  });
});
