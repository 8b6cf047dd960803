import { publicKey, secretKey, testKey, toBytes, toNumber, type Jwk } from './material.ts';
import { pkcs1 } from './signers.ts';
import {
  accessToken,
  encode,
  es256,
  jws,
  jwt,
  KEY_SET,
  PAYLOAD,
  signer,
  token,
  type Entry,
  type Signer,
} from './tokens.ts';

const P256: Jwk = publicKey('p256', { alg: 'ES256' });
const OTHER: Jwk = publicKey('p256-other', { alg: 'ES256' });
const other: Signer = signer('ES256', 'p256-other');

function withKid(kid: unknown, sign: Signer = es256): string {
  return token({ alg: 'ES256', kid }, PAYLOAD, sign);
}

/** How `kid` picks the key. */
function identifiers(): Entry[] {
  const two = { jwks: { keys: [P256, OTHER] } };
  const strange = {
    'path-traversal': '../../../../dev/null',
    'absolute-path': '/dev/null',
    'sql-injection': "x' UNION SELECT 'key' --",
    command: 'p256; sleep 10',
    url: 'https://attacker.example/keys.json',
    nul: 'p256\u0000',
    'nul-and-suffix': 'p256\u0000.pem',
    'leading-space': ' p256',
    'other-case': 'P256',
    prefix: 'p25',
    empty: '',
    index: '0',
    proto: '__proto__',
    constructor: 'constructor',
    'to-string': 'toString',
    'has-own-property': 'hasOwnProperty',
    'four-kilobytes': 'k'.repeat(4000),
    'lone-dot': '.',
    'fullwidth-letter': 'p25\uff16',
  };
  const types = { number: 256, null: null, array: ['p256'], object: { kid: 'p256' }, boolean: true };
  return [
    jws('keys/kid-of-the-first', 'accept', withKid('p256'), two),
    jws('keys/kid-of-the-second', 'accept', withKid('p256-other', other), two),
    jws('keys/kid-of-another-key', 'token_untrusted', withKid('p256', other), two),
    jws('keys/kid-missing-one-key', 'accept', withKid(undefined)),
    jws('keys/kid-missing-several-keys', 'token_untrusted', withKid(undefined), { ...two, attacks: [9] }),
    jws('keys/kid-missing-several-keys-the-last', 'token_untrusted', withKid(undefined, other), {
      ...two,
      attacks: [9],
    }),
    jws('keys/kid-unknown-one-key', 'token_untrusted', withKid('retired'), { attacks: [21] }),
    jws('keys/kid-of-a-retired-key', 'token_untrusted', withKid('p256-other', other), { attacks: [21] }),
    jws('keys/kid-missing-in-the-set', 'token_untrusted', withKid('p256'), {
      jwks: { keys: [publicKey('p256', { kid: undefined })] },
    }),
    jws('keys/kid-ten-kilobytes', 'token_malformed', withKid('k'.repeat(10_000)), { attacks: [7] }),
    ...Object.entries(strange).map(([name, kid]) =>
      jws(`keys/kid-${name}`, 'token_untrusted', withKid(kid), { attacks: [7] }),
    ),
    ...Object.entries(types).map(([name, kid]) =>
      jws(`keys/kid-is-${name}`, 'token_malformed', withKid(kid), { attacks: [7] }),
    ),
    jwt('keys/kid-unknown-access-token', 'token_untrusted', accessToken({}, { kid: 'unknown' }), {
      attacks: [21],
    }),
    jwt(
      'keys/key-of-staging',
      'token_untrusted',
      token({ alg: 'ES256', typ: 'at+jwt', kid: 'p256-other' }, {}, other),
      {
        attacks: [49],
      },
    ),
  ];
}

/** Attacks 4 to 6: the token brings its key, or says where it is. */
function keysFromTheToken(): Entry[] {
  const members: Record<string, [members: Record<string, unknown>, attacks: number[]]> = {
    jwk: [{ jwk: OTHER }, [4]],
    'jwk-with-trusted-kid': [{ jwk: { ...OTHER, kid: 'p256' } }, [4]],
    'jwk-private': [{ jwk: testKey('p256-other') }, [4]],
    jku: [{ jku: 'https://attacker.example/jwks.json' }, [5]],
    'jku-internal': [{ jku: 'http://169.254.169.254/latest/meta-data' }, [5]],
    'jku-file': [{ jku: 'file:///etc/passwd' }, [5]],
    x5u: [{ x5u: 'https://attacker.example/chain.pem' }, [5]],
    x5c: [{ x5c: ['MIIBATCBqKADAgECAgEBMAoGCCqGSM49BAMCMAA='] }, [6]],
    x5t: [{ x5t: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA', 'x5t#S256': encode(Buffer.alloc(32)) }, [6]],
  };
  return Object.entries(members).flatMap(([name, [header, attacks]]) => [
    jws(
      `keys/header-${name}`,
      'token_untrusted',
      token({ alg: 'ES256', kid: 'p256', ...header }, PAYLOAD, other),
      {
        attacks,
      },
    ),
    jws(
      `keys/header-${name}-without-kid`,
      'token_untrusted',
      token({ alg: 'ES256', ...header }, PAYLOAD, other),
      {
        attacks,
      },
    ),
  ]);
}

/** Attack 11 and RFC 7517 sections 4.2 to 4.4: what a key may be used for. */
function purposes(): Entry[] {
  const rows: readonly [name: string, expect: string, more: Jwk][] = [
    ['use-encryption', 'token_untrusted', { use: 'enc' }],
    ['use-unknown', 'token_untrusted', { use: 'signature' }],
    ['use-missing', 'accept', { use: undefined }],
    ['use-number', 'token_untrusted', { use: 1 }],
    ['key-ops-verify', 'accept', { use: undefined, key_ops: ['verify'] }],
    ['key-ops-sign-and-verify', 'accept', { use: undefined, key_ops: ['sign', 'verify'] }],
    ['key-ops-sign', 'token_untrusted', { use: undefined, key_ops: ['sign'] }],
    ['key-ops-encrypt', 'token_untrusted', { use: undefined, key_ops: ['encrypt'] }],
    ['key-ops-empty', 'token_untrusted', { use: undefined, key_ops: [] }],
    ['key-ops-string', 'token_untrusted', { use: undefined, key_ops: 'verify' }],
    ['key-ops-encrypt-beside-use-sig', 'token_untrusted', { key_ops: ['encrypt'] }],
    ['use-encryption-beside-key-ops-verify', 'token_untrusted', { use: 'enc', key_ops: ['verify'] }],
  ];
  return rows.map(([name, expect, more]) =>
    jws(`keys/${name}`, expect, withKid('p256'), {
      jwks: { keys: [{ ...P256, ...more }] },
      attacks: expect === 'accept' ? [] : [11],
    }),
  );
}

/** Attack 12: RSA keys that protect nothing. */
function rsaKeys(): Entry[] {
  const rs256 = (name: string, expect: string, key: Jwk, sign: Signer = signer('RS256', 'rsa')): Entry =>
    jws(`keys/${name}`, expect, token({ alg: 'RS256', kid: key['kid'] }, PAYLOAD, sign), {
      jwks: { keys: [key] },
      algorithms: ['RS256'],
      attacks: expect === 'accept' ? [] : [12],
    });
  const refused = (name: string, key: Jwk, sign?: Signer): Entry => rs256(name, 'token_untrusted', key, sign);
  const modulus = Buffer.from(String(publicKey('rsa')['n']), 'base64url');
  const short = Buffer.from(String(publicKey('rsa-1024')['n']), 'base64url');
  return [
    rs256('rsa-2048', 'accept', publicKey('rsa')),
    rs256('rsa-3072', 'accept', publicKey('rsa-3072'), signer('RS256', 'rsa-3072')),
    refused('rsa-1024', publicKey('rsa-1024'), signer('RS256', 'rsa-1024')),
    rs256(
      'rsa-1024-with-leading-zeros',
      'token_untrusted',
      publicKey('rsa-1024', { n: encode(Buffer.concat([Buffer.alloc(128), short])) }),
      signer('RS256', 'rsa-1024'),
    ),
    refused('rsa-2040', publicKey('rsa-2040'), signer('RS256', 'rsa-2040')),
    refused('rsa-roca', publicKey('rsa-roca'), signer('RS256', 'rsa-roca')),
    refused('rsa-exponent-one', publicKey('rsa', { e: 'AQ' }), encodedMessage),
    refused('rsa-exponent-zero', publicKey('rsa', { e: 'AA' }), encodedMessage),
    refused('rsa-exponent-two', publicKey('rsa', { e: 'Ag' })),
    refused('rsa-exponent-even', publicKey('rsa', { e: 'AQAA' })),
    refused('rsa-exponent-missing', publicKey('rsa', { e: undefined })),
    refused('rsa-modulus-even', publicKey('rsa', { n: encode(toBytes(toNumber(modulus) - 1n, 256)) })),
    refused('rsa-modulus-missing', publicKey('rsa', { n: undefined })),
    refused('rsa-modulus-empty', publicKey('rsa', { n: '' })),
    refused('rsa-modulus-number', publicKey('rsa', { n: 65537 })),
    refused('rsa-modulus-with-padding', publicKey('rsa', { n: `${encode(modulus)}==` })),
    refused('rsa-modulus-of-another-key', publicKey('rsa-other', { kid: 'rsa' })),
  ];
}

// With an exponent of one a signature is its own encoded message (RFC 8017 section 9.2).
const encodedMessage: Signer = (input) => pkcs1(256, 'sha256', input);

/** Attack 14 and RFC 7518 section 6.2: points that are on no curve, or on another one. */
function curveKeys(): Entry[] {
  const x = toNumber(Buffer.from(String(P256['x']), 'base64url'));
  const y = toNumber(Buffer.from(String(P256['y']), 'base64url'));
  const short = publicKey('p384', { alg: 'ES256', crv: 'P-256', kid: 'p256' });
  const rows: Record<string, Jwk> = {
    'ec-point-off-the-curve': { ...P256, y: encode(toBytes(y ^ 1n, 32)) },
    'ec-point-at-infinity': { ...P256, x: encode(Buffer.alloc(32)), y: encode(Buffer.alloc(32)) },
    'ec-point-of-the-attacker-with-our-x': { ...P256, y: OTHER['y'] },
    'ec-coordinate-too-long': { ...P256, x: encode(toBytes(x, 33)) },
    'ec-coordinate-too-short': { ...P256, x: encode(toBytes(x, 32).subarray(1)) },
    'ec-coordinate-above-the-prime': { ...P256, x: encode(Buffer.alloc(32, 0xff)) },
    'ec-coordinate-missing': { ...P256, y: undefined },
    'ec-coordinate-empty': { ...P256, y: '' },
    'ec-coordinate-number': { ...P256, y: 1 },
    'ec-coordinate-with-padding': { ...P256, y: `${String(P256['y'])}=` },
    'ec-curve-missing': { ...P256, crv: undefined },
    'ec-curve-unknown': { ...P256, crv: 'P-257' },
    'ec-curve-other-name': { ...P256, crv: 'prime256v1' },
    'ec-curve-wrong': { ...P256, crv: 'P-384' },
    'ec-curve-secp256k1': { ...P256, crv: 'secp256k1' },
    'ec-point-of-a-longer-curve': short,
    'ec-kty-rsa': { ...P256, kty: 'RSA' },
    'ec-kty-okp': { ...P256, kty: 'OKP' },
    'ec-kty-lower-case': { ...P256, kty: 'ec' },
    'ec-kty-missing': { ...P256, kty: undefined },
    'ec-kty-number': { ...P256, kty: 2 },
  };
  return Object.entries(rows).map(([name, key]) =>
    jws(`keys/${name}`, 'token_untrusted', withKid('p256'), { jwks: { keys: [key] }, attacks: [14] }),
  );
}

// RFC 7748 section 6 and the points whose order divides eight: with one of them as the key, a signature can be made
// that fits any message.
const SMALL_ORDER: Readonly<Record<string, string>> = {
  'order-1': `01${'00'.repeat(31)}`,
  'order-2': `ec${'ff'.repeat(30)}7f`,
  'order-4': '00'.repeat(32),
  'order-4-negative': `${'00'.repeat(31)}80`,
  'order-8': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'order-8-negative': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'order-8-inverse': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'order-8-inverse-negative': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'order-1-not-canonical': `ee${'ff'.repeat(30)}7f`,
  'order-4-not-canonical': `ed${'ff'.repeat(30)}7f`,
  'order-1-negative-zero': `01${'00'.repeat(30)}80`,
};

/** Attack 19 and RFC 8037 section 2: keys of Edwards curves. */
function edwardsKeys(): Entry[] {
  const ed25519 = publicKey('ed25519', { alg: 'EdDSA' });
  const settings = (key: Jwk, attacks: number[]): object => ({
    jwks: { keys: [key] },
    algorithms: ['EdDSA'],
    attacks,
  });
  const eddsa = (sign: Signer): string => token({ alg: 'EdDSA', kid: 'ed25519' }, PAYLOAD, sign);
  const good = eddsa(signer('EdDSA', 'ed25519'));
  // R is the neutral point and S is zero: S·B = R + h·A holds wherever h·A is neutral.
  const neutral = eddsa(() => Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]));
  const rows: Record<string, Jwk> = {
    'okp-x25519': { ...ed25519, crv: 'X25519' },
    'okp-x25519-point': { ...publicKey('x25519', { alg: 'EdDSA' }), kid: 'ed25519' },
    'okp-curve-missing': { ...ed25519, crv: undefined },
    'okp-curve-p256': { ...ed25519, crv: 'P-256' },
    'okp-too-short': { ...ed25519, x: encode(Buffer.alloc(31, 7)) },
    'okp-too-long': { ...ed25519, x: encode(Buffer.concat([decoded(ed25519), Buffer.alloc(1)])) },
    'okp-x-missing': { ...ed25519, x: undefined },
    'okp-kty-ec': { ...ed25519, kty: 'EC' },
  };
  return [
    jws('keys/okp-ed25519', 'accept', good, settings(ed25519, [])),
    ...Object.entries(rows).map(([name, key]) =>
      jws(`keys/${name}`, 'token_untrusted', good, settings(key, [14])),
    ),
    ...Object.entries(SMALL_ORDER).map(([name, hex]) =>
      jws(
        `keys/okp-${name}`,
        'token_untrusted',
        neutral,
        settings({ ...ed25519, x: encode(Buffer.from(hex, 'hex')) }, [19]),
      ),
    ),
  ];
}

function decoded(key: Jwk): Buffer {
  return Buffer.from(String(key['x']), 'base64url');
}

/** Attacks 10 and 22: what a key set may be. */
function sets(): Entry[] {
  const good = withKid('p256');
  const reject = (name: string, jwks: unknown, attacks: number[], text = good): Entry =>
    jws(`keys/set-${name}`, 'reject', text, { jwks, attacks });
  return [
    reject('with-duplicate-kid', { keys: [P256, { ...OTHER, kid: 'p256' }] }, [10]),
    reject('with-duplicate-kid-the-second', { keys: [{ ...OTHER, kid: 'p256' }, P256] }, [10]),
    reject('with-the-same-key-twice', { keys: [P256, P256] }, [10]),
    reject('with-duplicate-kid-of-others', { keys: [P256, OTHER, { ...OTHER }] }, [10]),
    reject('mixed', { keys: [P256, secretKey('oct-32')] }, [10]),
    jws(
      'keys/set-mixed-by-the-secret',
      'reject',
      token({ alg: 'HS256', kid: 'oct-32' }, PAYLOAD, signer('HS256', 'oct-32')),
      {
        jwks: { keys: [P256, secretKey('oct-32')] },
        algorithms: ['HS256'],
        attacks: [10],
      },
    ),
    reject('empty', { keys: [] }, [22]),
    reject('without-keys', {}, [22]),
    reject('null', null, [22]),
    reject('string', '<html><body>Bad Gateway</body></html>', [22]),
    reject('number', 1, [22]),
    reject('array', [P256], [22]),
    reject('keys-object', { keys: { p256: P256 } }, [22]),
    reject('keys-string', { keys: 'p256' }, [22]),
    reject('keys-null', { keys: null }, [22]),
    reject('error-document', { error: 'not_found' }, [22]),
    reject('bare-key', P256, [22]),
    // RFC 7517 section 5: keys of kinds that are not understood are passed over.
    jws('keys/set-with-unknown-kind', 'accept', good, {
      jwks: { keys: [{ kty: 'AKP', alg: 'ML-DSA-44', kid: 'pq' }, P256] },
    }),
    jws('keys/set-with-unknown-curve', 'accept', good, {
      jwks: { keys: [publicKey('secp256k1', { alg: 'ES256K' }), P256] },
    }),
    jws('keys/set-with-encryption-key', 'accept', good, {
      jwks: { keys: [publicKey('rsa', { use: 'enc', alg: 'RSA-OAEP-256' }), P256] },
    }),
    jws('keys/set-with-unknown-members', 'accept', good, {
      jwks: { keys: [{ ...P256, iat: 1, vendor: { any: ['thing'] } }], updated: 'today' },
    }),
    jws('keys/set-of-twenty', 'accept', good, {
      jwks: { keys: [...Array.from({ length: 19 }, (_, at) => ({ ...OTHER, kid: `key-${at}` })), P256] },
    }),
    jwt('keys/set-empty-access-token', 'reject', accessToken(), { jwks: { keys: [] }, attacks: [22] }),
    jwt('keys/set-of-one-access-token-without-kid', 'accept', accessToken({}, { kid: undefined }), {
      jwks: KEY_SET,
    }),
  ];
}

/** The key comes from the configured set only, and must fit (RFC 7517, RFC 8725 sections 3.1, 3.2, 3.4 and 3.10). */
export function keys(): Entry[] {
  return [
    ...identifiers(),
    ...keysFromTheToken(),
    ...purposes(),
    ...rsaKeys(),
    ...curveKeys(),
    ...edwardsKeys(),
    ...sets(),
  ];
}
