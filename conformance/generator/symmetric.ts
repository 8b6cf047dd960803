import { bytesOf, publicKey, secretKey, testKey, type Jwk } from './material.ts';
import {
  CLAIMS,
  encode,
  HEADER,
  jws,
  jwt,
  PAYLOAD,
  replacePart,
  signer,
  token,
  type Entry,
} from './tokens.ts';

/** The algorithms and the test key that each signs with, as long as its hash. */
const ALGORITHMS: Readonly<Record<string, string>> = { HS256: 'oct-32', HS384: 'oct-48', HS512: 'oct-64' };

function eachAlgorithm(): Entry[] {
  return Object.entries(ALGORITHMS).flatMap(([algorithm, kid]) => {
    const name = `symmetric/${algorithm.toLowerCase()}`;
    const settings = { jwks: { keys: [secretKey(kid, { alg: algorithm })] }, algorithms: [algorithm] };
    const sign = signer(algorithm, kid);
    const good = token({ alg: algorithm, kid }, PAYLOAD, sign);
    const signature = (change: (bytes: Buffer) => Uint8Array): string =>
      replacePart(good, 2, (part) => encode(change(Buffer.from(part, 'base64url'))));
    const untrusted = (id: string, text: string, attacks: number[] = []): Entry =>
      jws(`${name}-${id}`, 'token_untrusted', text, { ...settings, attacks });
    return [
      jws(`${name}-accepted`, 'accept', good, settings),
      jws(`${name}-without-kid`, 'accept', token({ alg: algorithm }, PAYLOAD, sign), settings),
      jws(`${name}-key-without-alg`, 'accept', good, { ...settings, jwks: { keys: [secretKey(kid)] } }),
      untrusted(
        'payload-changed',
        replacePart(good, 1, () => encode('another payload')),
      ),
      untrusted(
        'truncated',
        signature((bytes) => bytes.subarray(0, -1)),
        [20],
      ),
      untrusted(
        'half',
        signature((bytes) => bytes.subarray(0, bytes.length / 2)),
        [20],
      ),
      untrusted(
        'one-byte',
        signature((bytes) => bytes.subarray(0, 1)),
        [20],
      ),
      untrusted(
        'longer',
        signature((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
      ),
      untrusted(
        'all-zero',
        signature((bytes) => Buffer.alloc(bytes.length)),
        [20],
      ),
      jws(
        `${name}-signature-missing`,
        'token_untrusted',
        replacePart(good, 2, () => ''),
        { ...settings, attacks: [20] },
      ),
      untrusted(
        'of-the-empty-key',
        token({ alg: algorithm, kid }, PAYLOAD, signer(algorithm, { k: '' })),
        [13],
      ),
      untrusted(
        'of-the-encoded-key',
        token({ alg: algorithm, kid }, PAYLOAD, signer(algorithm, { k: encode(String(testKey(kid)['k'])) })),
      ),
    ];
  });
}

/** Attack 13 and RFC 7518 section 3.2: a key at least as long as the hash. */
function weakKeys(): Entry[] {
  const keyed = (id: string, algorithm: string, key: Jwk): Entry =>
    jws(
      `symmetric/${id}`,
      'token_untrusted',
      token({ alg: algorithm, kid: 'weak' }, PAYLOAD, signer(algorithm, key)),
      {
        jwks: { keys: [{ kty: 'oct', kid: 'weak', use: 'sig', ...key }] },
        algorithms: [algorithm],
        attacks: [13],
      },
    );
  const words = { secret: 'secret', 'example-secret': 'your-256-bit-secret', 'of-one-space': ' ' };
  return [
    keyed('key-empty', 'HS256', { k: '' }),
    keyed('key-of-31-bytes', 'HS256', { k: testKey('oct-31')['k'] }),
    keyed('hs384-key-of-32-bytes', 'HS384', { k: testKey('oct-32')['k'] }),
    keyed('hs512-key-of-48-bytes', 'HS512', { k: testKey('oct-48')['k'] }),
    ...Object.entries(words).map(([name, word]) => keyed(`key-${name}`, 'HS256', { k: encode(word) })),
  ];
}

/** Which key serves which token. */
function choice(): Entry[] {
  const sign = signer('HS256', 'oct-32');
  const good = token({ alg: 'HS256', kid: 'oct-32' }, PAYLOAD, sign);
  const two = { keys: [secretKey('oct-32'), secretKey('oct-32-other')] };
  const one = (key: Jwk): unknown => ({ keys: [key] });
  const key = secretKey('oct-32');
  const row = (
    id: string,
    expect: string,
    text: string,
    jwks: unknown,
    algorithms: unknown = ['HS256'],
  ): Entry => jws(`symmetric/${id}`, expect, text, { jwks, algorithms });
  return [
    row('first-of-two', 'accept', good, two),
    row(
      'second-of-two',
      'accept',
      token({ alg: 'HS256', kid: 'oct-32-other' }, PAYLOAD, signer('HS256', 'oct-32-other')),
      two,
    ),
    row(
      'kid-of-another-key',
      'token_untrusted',
      token({ alg: 'HS256', kid: 'oct-32-other' }, PAYLOAD, sign),
      two,
    ),
    row('kid-missing-several-keys', 'token_untrusted', token({ alg: 'HS256' }, PAYLOAD, sign), two),
    row('kid-unknown', 'token_untrusted', token({ alg: 'HS256', kid: 'other' }, PAYLOAD, sign), one(key)),
    row('not-on-the-list', 'token_untrusted', good, one(key), ['HS512']),
    row('key-for-hs512', 'token_untrusted', good, one({ ...key, alg: 'HS512' })),
    row('key-for-encryption', 'token_untrusted', good, one({ ...key, use: 'enc' })),
    row('key-for-signing-only', 'token_untrusted', good, one({ ...key, use: undefined, key_ops: ['sign'] })),
    row('key-for-verifying', 'accept', good, one({ ...key, use: undefined, key_ops: ['verify'] })),
    row('key-missing', 'token_untrusted', good, one({ ...key, k: undefined })),
    row('key-number', 'token_untrusted', good, one({ ...key, k: 1 })),
    row('key-with-padding', 'token_untrusted', good, one({ ...key, k: `${String(key['k'])}=` })),
    row(
      'key-in-standard-alphabet',
      'token_untrusted',
      good,
      one({ ...key, k: `${bytesOf(key, 'k').toString('base64')}+/` }),
    ),
    row('duplicate-kid', 'reject', good, { keys: [key, { ...secretKey('oct-32-other'), kid: 'oct-32' }] }),
    row('mixed-with-public', 'reject', good, { keys: [key, publicKey('p256')] }),
    row(
      'none-instead',
      'token_untrusted',
      `${encode({ alg: 'none', kid: 'oct-32' })}.${encode(PAYLOAD)}.`,
      one(key),
    ),
  ];
}

function accessTokens(): Entry[] {
  const settings = {
    jwks: { keys: [secretKey('oct-32', { alg: 'HS256' })] },
    options: { algorithms: ['HS256'] },
  };
  const header = { ...HEADER, alg: 'HS256', kid: 'oct-32' };
  return [
    jwt('symmetric/access-token', 'accept', token(header, CLAIMS, signer('HS256', 'oct-32')), settings),
    jwt(
      'symmetric/access-token-forged',
      'token_untrusted',
      token(header, CLAIMS, signer('HS256', 'oct-32-other')),
      settings,
    ),
    jwt(
      'symmetric/access-token-expired',
      'token_expired',
      token(header, { ...CLAIMS, exp: 1_700_000_000 }, signer('HS256', 'oct-32')),
      settings,
    ),
  ];
}

/** HMACs (RFC 7518 section 3.2): taken only with a set of secrets, and only with one that is long enough. */
export function symmetric(): Entry[] {
  return [...eachAlgorithm(), ...weakKeys(), ...choice(), ...accessTokens()];
}
