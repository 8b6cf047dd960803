import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseKeySet, remoteKeys, type KeySet, type KeySource } from '../../src/index.ts';
import {
  AUDIENCE,
  ISSUER,
  KEY,
  NOW,
  base64url,
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
import { RSA_JWK } from './rsa.ts';

it('attack 8: unknown kids cause one load in a cool-down', async () => {
  let loads = 0;
  let now = NOW;
  const fetch = (): Promise<Response> => {
    loads++;
    return Promise.resolve(Response.json(setOf(KEY.jwk)));
  };
  const keys = remoteKeys({ url: `${ISSUER}/keys`, fetch, now: () => now, cooldown: 30 });
  const verifier = verifierOf({ keys, now: () => now });
  await judge(token(), verifier);
  expect(loads).toBe(1);
  for (now = NOW; now < NOW + 60; now++) {
    const flood = Array.from({ length: 20 }, (_, i) =>
      judge(token({}, { kid: `${String(now)}-${String(i)}` }), verifier),
    );
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['token_untrusted']));
  }
  expect(loads).toBe(2);
});

describe('attack 9: a token without kid', () => {
  const text = token({}, { kid: undefined });
  it('attack 9: is refused with several keys, and where only one of several is fit', async () => {
    expect(await judge(text, verifierOf({}, [KEY.jwk, testKey('ES256', 'b').jwk]))).toBe('token_untrusted');
    expect(await judge(text, verifierOf({}, [KEY.jwk, { kty: 'unknown' }]))).toBe('token_untrusted');
  });
  it('attack 9: is taken with a set of one key', async () => {
    expect(await judge(text)).toBe('accept');
  });
});

describe('attack 10: ambiguous key sets', () => {
  const oct = { kty: 'oct', kid: 'o', alg: 'HS256', k: base64url(randomBytes(32)) };
  it.each([
    ['the same kid twice', [KEY.jwk, { ...testKey().jwk, kid: KEY.kid }], 'duplicate_kid'],
    ['the same kid, one key being unknown', [KEY.jwk, { kty: 'unknown', kid: KEY.kid }], 'duplicate_kid'],
    ['symmetric beside public keys', [KEY.jwk, oct], 'mixed_kinds'],
    ['symmetric beside unknown keys', [{ kty: 'unknown' }, oct], 'mixed_kinds'],
  ])('attack 10: %s', async (_name, keys: readonly Json[], code) => {
    expect(() => parseKeySet({ keys })).toThrow(expect.objectContaining({ code }));
    expect(await judgeJws(token(), ...keys)).toBe('token_untrusted');
    expect(() => verifierOf({}, keys)).toThrow(TypeError);
  });
  it.each([[null], [[]], [{}], [{ keys: {} }], [{ keys: [1] }], [{ keys: [null] }], ['{"keys":[]}']])(
    'attack 10: %j is no key set',
    (jwks) => {
      expect(() => parseKeySet(jwks)).toThrow(expect.objectContaining({ code: 'not_a_key_set' }));
    },
  );
});

describe('attack 11: keys for other uses', () => {
  it.each([
    [{ use: 'enc' }],
    [{ use: null }],
    [{ use: undefined, key_ops: ['sign'] }],
    [{ use: undefined, key_ops: [] }],
    [{ use: undefined, key_ops: 'verify' }],
    [{ use: undefined, key_ops: ['verify', 'verify'] }],
    [{ use: 'enc', key_ops: ['verify'] }],
  ])('attack 11: %j', async (changes: Json) => {
    expect(await judgeJws(token(), { ...KEY.jwk, ...changes })).toBe('token_untrusted');
  });
  it('attack 11: key_ops with verify is taken', async () => {
    expect(await judgeJws(token(), { ...KEY.jwk, key_ops: ['verify'] })).toBe('accept');
  });
});

describe('attack 12: weak RSA keys', () => {
  const weak = (jwk: Json): number => parseKeySet(setOf({ kid: 'k', ...jwk })).size;
  const modulus = Buffer.from(RSA_JWK['n'] as string, 'base64url');
  const exponent = (...bytes: number[]): Json => ({ ...RSA_JWK, e: base64url(Uint8Array.from(bytes)) });
  it('attack 12: 1024 and 2047 bits', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
      format: 'jwk',
    }) as Json;
    expect(weak(small)).toBe(0);
    expect(
      weak({ ...RSA_JWK, n: base64url(Buffer.concat([Buffer.from([0x7f]), modulus.subarray(1)])) }),
    ).toBe(0);
    expect(weak(RSA_JWK)).toBe(1);
  });
  it('attack 12: a short modulus with zeros before it', () => {
    expect(
      weak({ ...RSA_JWK, n: base64url(Buffer.concat([Buffer.alloc(128), modulus.subarray(0, 128)])) }),
    ).toBe(0);
  });
  it.each([[[1]], [[2]], [[0]], [[1, 0, 0]], [[0, 3]], [[]], [Array.from({ length: 9 }, () => 255)]])(
    'attack 12: exponent of bytes %j',
    (bytes) => {
      expect(weak(exponent(...bytes))).toBe(0);
    },
  );
  it('attack 12: exponent 3 and 65537 are taken', () => {
    expect(weak(exponent(3))).toBe(1);
    expect(weak(exponent(1, 0, 1))).toBe(1);
  });
  it('attack 12: an even or huge modulus', () => {
    const even = Buffer.from(modulus);
    even.writeUInt8(even.readUInt8(255) & 0xfe, 255);
    expect(weak({ ...RSA_JWK, n: base64url(even) })).toBe(0);
    expect(weak({ ...RSA_JWK, n: base64url(Buffer.alloc(2048, 0xff)) })).toBe(0);
  });
  it('attack 12: a modulus with the fingerprint of CVE-2017-15361', () => {
    const primes = [
      3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
      107,
    ];
    const more = [109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167];
    const product = [...primes, ...more].reduce((all, prime) => all * BigInt(prime), 1n);
    // 65537^5 modulo the product, raised to 2048 bits by a multiple of it that keeps the number odd.
    const start = 65537n ** 5n % product;
    let vulnerable = start + product * ((1n << 2047n) / product + 1n);
    if (vulnerable % 2n === 0n) vulnerable += product;
    const n = base64url(Buffer.from(vulnerable.toString(16), 'hex'));
    expect(weak({ ...RSA_JWK, n })).toBe(0);
    // Its neighbour without the fingerprint is an ordinary number.
    expect(weak({ ...RSA_JWK, n: base64url(Buffer.from((vulnerable + 2n).toString(16), 'hex')) })).toBe(1);
  });
});

describe('attack 13: weak secrets', () => {
  it.each([
    [''],
    ['secret'],
    ['x'.repeat(31)],
    ['x'.repeat(64)],
    ['abcd1234'.repeat(8)],
    ['my-super-secret-key-that-is-long-enough'],
    ['a-string-secret-at-least-256-bits-long'],
    ['your-256-bit-secret-your-256-bit-secret!'],
    ['CHANGE_THIS_TO_SOMETHING_RANDOM__please'],
    ['0123456789012345678901234567890123456789'],
    ['0a6b944d-d2fb-46fc-a85e-0295c986cd9f'],
    ['30ea254068547749377862e7d9a644c1'],
    ['09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7'],
    ['r9iMKoe5CRMgvJBBtp4HrqN7QiPpUToj'],
  ])('attack 13: %j is refused at start', (secret) => {
    expect(() => verifierOf({ secret })).toThrow(TypeError);
    try {
      verifierOf({ secret });
    } catch (error) {
      expect(String(error)).toContain('randomBytes');
      if (secret !== '' && secret !== 'secret') expect(String(error)).not.toContain(secret);
    }
  });
  it('attack 13: random ones are taken, in every usual form', () => {
    for (let i = 0; i < 50; i++) {
      expect(() => verifierOf({ secret: randomBytes(32) })).not.toThrow();
      expect(() => verifierOf({ secret: randomBytes(32).toString('hex') })).not.toThrow();
      expect(() => verifierOf({ secret: randomBytes(32).toString('base64') })).not.toThrow();
    }
  });
  it('attack 13: a secret stands alone', () => {
    const secret = randomBytes(32);
    expect(() => verifierOf({ secret, algorithms: ['ES256'] })).toThrow(TypeError);
    expect(() => verifierOf({ secret, keys: parseKeySet(setOf(KEY.jwk)) })).toThrow(TypeError);
    expect(() => verifierOf({ algorithms: ['HS256' as 'ES256'] })).toThrow(TypeError);
  });
  it.each(['HS256', 'HS384', 'HS512'])(
    'attack 13: a symmetric key shorter than the digest of %s',
    async (alg) => {
      const bits = Number(alg.slice(2));
      const check = (secret: Buffer): Promise<string> =>
        judgeJws(compact(JSON.stringify({ alg }), '{}', hmac(secret, bits)), {
          kty: 'oct',
          k: base64url(secret),
        });
      expect(await check(randomBytes(bits / 8 - 1))).toBe('token_untrusted');
      expect(await check(Buffer.alloc(0))).toBe('token_untrusted');
      expect(await check(randomBytes(bits / 8))).toBe('accept');
    },
  );
});

describe('attack 14: points and curves', () => {
  const y = Buffer.from(KEY.jwk['y'] as string, 'base64url');
  const off = Buffer.from(y);
  off.writeUInt8(off.readUInt8(31) ^ 1, 31);
  const ed = testKey('EdDSA');
  it.each([
    ['a point that is not on the curve', { ...KEY.jwk, y: base64url(off) }],
    ['the point 0, 0', { ...KEY.jwk, x: base64url(Buffer.alloc(32)), y: base64url(Buffer.alloc(32)) }],
    ['a coordinate of 31 bytes', { ...KEY.jwk, y: base64url(y.subarray(1)) }],
    ['a coordinate with a zero before it', { ...KEY.jwk, y: base64url(Buffer.concat([Buffer.alloc(1), y])) }],
    ['a coordinate in plain base64', { ...KEY.jwk, y: y.toString('base64') }],
    ['another curve', { ...KEY.jwk, crv: 'P-384' }],
    ['a curve that is not allowed', { ...KEY.jwk, crv: 'secp256k1' }],
    ['the type OKP', { ...KEY.jwk, kty: 'OKP' }],
    ['the type RSA', { ...KEY.jwk, kty: 'RSA' }],
    ['no y', { ...KEY.jwk, y: undefined }],
    ['an Edwards curve named P-256', { ...ed.jwk, kid: KEY.kid, crv: 'P-256' }],
  ])('attack 14: %s', async (_name, jwk: Json) => {
    expect(await judgeJws(token(), { ...jwk, kid: KEY.kid })).toBe('token_untrusted');
  });
  it('attack 14: a key of the right type for another curve', async () => {
    expect(await judgeJws(token({}, { alg: 'ES384' }), { ...KEY.jwk, alg: undefined })).toBe(
      'token_untrusted',
    );
    const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }) as Json;
    expect(parseKeySet(setOf(x25519)).size).toBe(0);
    const ed448 = generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' }) as Json;
    expect(parseKeySet(setOf(ed448)).size).toBe(0);
  });
});

describe('attack 21: keys that are gone', () => {
  const next = testKey('ES256', 'next');
  let set: KeySet = parseKeySet(setOf(KEY.jwk, next.jwk));
  const keys: KeySource = { find: (query) => set.find(query), holds: (key) => set.holds(key) };
  it('attack 21: a token that was accepted is refused once its key has left the set', async () => {
    const verifier = verifierOf({ keys });
    const text = token();
    expect(await judge(text, verifier)).toBe('accept');
    set = parseKeySet(setOf(next.jwk, KEY.jwk));
    expect(await judge(text, verifier)).toBe('accept');
    set = parseKeySet(setOf(next.jwk));
    expect(await judge(text, verifier)).toBe('token_untrusted');
    expect(await judge(token(), verifier)).toBe('token_untrusted');
    expect(await judge(token({}, {}, next), verifier)).toBe('accept');
  });
  it('attack 21: and refused when another key takes its kid', async () => {
    set = parseKeySet(setOf(KEY.jwk));
    const verifier = verifierOf({ keys });
    const text = token();
    expect(await judge(text, verifier)).toBe('accept');
    set = parseKeySet(setOf({ ...next.jwk, kid: KEY.kid }));
    expect(await judge(text, verifier)).toBe('token_untrusted');
  });
});

describe('attack 22: poisoned key sets', () => {
  const json = (body: unknown): Response => Response.json(body);
  const html = (): Response =>
    new Response('<html>Log in to the Wi-Fi</html>', { headers: { 'content-type': 'text/html' } });
  const poison: readonly (readonly [string, () => Response])[] = [
    ['HTML with status 200', html],
    [
      'HTML that says it is JSON',
      () => new Response('<html>', { headers: { 'content-type': 'application/json' } }),
    ],
    [
      'a key set that says it is HTML',
      () => new Response(JSON.stringify(setOf(KEY.jwk)), { headers: { 'content-type': 'text/html' } }),
    ],
    ['no keys', () => json(setOf())],
    ['no list of keys', () => json({})],
    ['an array', () => json([KEY.jwk])],
    ['null', () => json(null)],
    ['no body', () => new Response(null, { headers: { 'content-type': 'application/json' } })],
    ['only unfit keys', () => json(setOf({ ...KEY.jwk, use: 'enc' }))],
    ['a kid twice', () => json(setOf(KEY.jwk, KEY.jwk))],
    ['a symmetric key among them', () => json(setOf(KEY.jwk, { kty: 'oct', k: 'AAAA' }))],
    [
      'duplicate names',
      () => new Response('{"keys":[],"keys":[]}', { headers: { 'content-type': 'application/json' } }),
    ],
    [
      'status 500',
      () =>
        new Response(JSON.stringify(setOf(KEY.jwk)), {
          status: 500,
          headers: { 'content-type': 'application/json' },
        }),
    ],
    ['far too much', () => json({ keys: [KEY.jwk], more: 'x'.repeat(200_000) })],
  ];
  it.each(poison)('attack 22: %s changes nothing and is told', async (_name, answer) => {
    let now = NOW;
    let respond = (): Response => json(setOf(KEY.jwk));
    const failures: string[] = [];
    const keys = remoteKeys({
      url: `${ISSUER}/keys`,
      fetch: () => Promise.resolve(respond()),
      now: () => now,
      maxAge: 300,
      onFailure: ({ code }) => failures.push(code),
    });
    const verifier = verifierOf({ keys, revocations: 'none', now: () => NOW });
    expect(await judge(token(), verifier)).toBe('accept');
    respond = answer;
    now += 400;
    expect(await judge(token(), verifier)).toBe('accept');
    expect(await judge(token({ aud: [AUDIENCE] }), verifier)).toBe('accept');
    expect(failures).toHaveLength(1);
    now += 25 * 3600;
    expect(await judge(token(), verifier)).toBe('keys_unavailable');
    respond = () => json(setOf(KEY.jwk));
    now += 30;
    expect(await judge(token(), verifier)).toBe('accept');
  });
});
