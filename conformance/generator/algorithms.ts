import { createPublicKey } from 'node:crypto';
import { publicKey, secretKey, toBytes, type Jwk } from './material.ts';
import { encode, es256, jws, jwt, KEY_SET, PAYLOAD, signer, token, type Entry } from './tokens.ts';
import { ALGORITHMS, setFor } from './pairs.ts';
import { accessToken, CLAIMS, HEADER, replacePart } from './tokens.ts';

/** Each algorithm: accepted, and what must not change. */
function eachAlgorithm(): Entry[] {
  return Object.entries(ALGORITHMS).flatMap(([algorithm, key]) => {
    const name = `algorithms/${algorithm.toLowerCase()}`;
    const sign = signer(algorithm, key);
    const settings = { jwks: setFor(algorithm), algorithms: [algorithm] };
    const good = token({ alg: algorithm, kid: key }, PAYLOAD, sign);
    const access = token({ ...HEADER, alg: algorithm, kid: key }, CLAIMS, sign);
    const jwtSettings = { jwks: setFor(algorithm), options: { algorithms: [algorithm] } };
    return [
      jws(`${name}-accepted`, 'accept', good, settings),
      jwt(`${name}-access-token-accepted`, 'accept', access, jwtSettings),
      jws(
        `${name}-payload-changed`,
        'token_untrusted',
        replacePart(good, 1, () => encode(`${PAYLOAD}.`)),
        settings,
      ),
      jws(
        `${name}-header-changed`,
        'token_untrusted',
        replacePart(good, 0, () => encode({ alg: algorithm, kid: key, cty: 'text' })),
        settings,
      ),
      jws(
        `${name}-signature-truncated`,
        'token_untrusted',
        replacePart(good, 2, (part) => encode(Buffer.from(part, 'base64url').subarray(0, -1))),
        { ...settings, attacks: [20] },
      ),
      jws(
        `${name}-signature-longer`,
        'token_untrusted',
        replacePart(good, 2, (part) =>
          encode(Buffer.concat([Buffer.from(part, 'base64url'), Buffer.alloc(1)])),
        ),
        { ...settings, attacks: [16] },
      ),
      jws(
        `${name}-signature-missing`,
        'token_untrusted',
        replacePart(good, 2, () => ''),
        { ...settings, attacks: [20] },
      ),
      jws(`${name}-not-on-the-list`, 'token_untrusted', good, {
        jwks: setFor(algorithm),
        algorithms: [algorithm === 'ES256' ? 'ES384' : 'ES256'],
      }),
    ];
  });
}

/** `alg` none and other values that name no signature. */
function noSignature(): Entry[] {
  const spellings = { none: 'none', 'none-capital': 'None', 'none-upper': 'NONE', 'none-mixed': 'nOnE' };
  const unsigned = Object.entries(spellings).flatMap(([name, alg]) => [
    jws(
      `algorithms/${name}-without-signature`,
      'token_untrusted',
      `${encode({ alg, kid: 'p256' })}.${encode(PAYLOAD)}.`,
      {
        attacks: [1],
      },
    ),
    jws(`algorithms/${name}-with-signature`, 'token_untrusted', token({ alg, kid: 'p256' }, PAYLOAD, es256), {
      attacks: [1],
    }),
  ]);
  const odd = {
    'alg-empty': '',
    'alg-lower-case': 'es256',
    'alg-with-space': 'ES256 ',
    'alg-with-nul': 'ES256\u0000',
    'alg-unknown': 'XS256',
    'alg-of-encryption': 'RSA-OAEP',
    'alg-password-based': 'PBES2-HS256+A128KW',
    'alg-secp256k1': 'ES256K',
    'alg-prototype': '__proto__',
    'alg-constructor': 'constructor',
  };
  return [
    ...unsigned,
    ...Object.entries(odd).map(([name, alg]) =>
      jws(`algorithms/${name}`, 'token_untrusted', token({ alg, kid: 'p256' }, PAYLOAD, es256), {
        attacks: name === 'alg-password-based' ? [29] : [1],
      }),
    ),
    jws('algorithms/alg-missing', 'token_malformed', token({ kid: 'p256' }, PAYLOAD, es256), {
      attacks: [1],
    }),
    jws('algorithms/alg-null', 'token_malformed', token({ alg: null, kid: 'p256' }, PAYLOAD, es256), {
      attacks: [1],
    }),
    jws('algorithms/alg-number', 'token_malformed', token({ alg: 256, kid: 'p256' }, PAYLOAD, es256), {
      attacks: [1],
    }),
    jws('algorithms/alg-array', 'token_malformed', token({ alg: ['ES256'], kid: 'p256' }, PAYLOAD, es256), {
      attacks: [1],
    }),
    jws('algorithms/none-on-the-list', 'reject', `${encode({ alg: 'none' })}.${encode(PAYLOAD)}.`, {
      algorithms: ['none', 'ES256'],
      attacks: [1],
    }),
    jws('algorithms/list-empty', 'reject', token({ alg: 'ES256', kid: 'p256' }, PAYLOAD, es256), {
      algorithms: [],
    }),
    jwt(
      'algorithms/none-access-token',
      'token_untrusted',
      `${encode({ ...HEADER, alg: 'none' })}.${encode(CLAIMS)}.`,
      {
        attacks: [1],
      },
    ),
  ];
}

// RFC 4253 section 6.6: the public key as ssh-keygen writes it.
function sshForm(key: Jwk): string {
  const field = (bytes: Uint8Array): Buffer => Buffer.concat([toBytes(BigInt(bytes.length), 4), bytes]);
  const positive = (member: string): Buffer => {
    const bytes = Buffer.from(String(key[member]), 'base64url');
    return (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
  };
  const fields = [field(Buffer.from('ssh-rsa')), field(positive('e')), field(positive('n'))];
  return `ssh-rsa ${Buffer.concat(fields).toString('base64')}`;
}

/** Attack 2: the public key in every form used as the secret of an HMAC. */
function confusion(): Entry[] {
  const rsa = publicKey('rsa', { alg: 'RS256' });
  const ec = publicKey('p256', { alg: 'ES256' });
  const object = (key: Jwk): ReturnType<typeof createPublicKey> =>
    createPublicKey({ key: key, format: 'jwk' });
  const pem = (key: Jwk, type: 'spki' | 'pkcs1'): string => object(key).export({ type, format: 'pem' });
  const forms: Record<string, [Jwk, string | Buffer]> = {
    'rsa-pem': [rsa, pem(rsa, 'spki')],
    'rsa-pem-without-newline': [rsa, pem(rsa, 'spki').trimEnd()],
    'rsa-pem-pkcs1': [rsa, pem(rsa, 'pkcs1')],
    'rsa-der': [rsa, object(rsa).export({ type: 'spki', format: 'der' })],
    'rsa-jwk': [rsa, JSON.stringify(rsa)],
    'rsa-modulus': [rsa, Buffer.from(String(rsa['n']), 'base64url')],
    'rsa-ssh': [rsa, sshForm(rsa)],
    'ec-pem': [ec, pem(ec, 'spki')],
    'ec-pem-without-newline': [ec, pem(ec, 'spki').trimEnd()],
    'ec-der': [ec, object(ec).export({ type: 'spki', format: 'der' })],
    'ec-jwk': [ec, JSON.stringify(ec)],
    'ec-x': [ec, Buffer.from(String(ec['x']), 'base64url')],
  };
  return Object.entries(forms).flatMap(([name, [key, secret]]) => {
    const forged = token({ alg: 'HS256', kid: key['kid'] }, PAYLOAD, signer('HS256', { k: encode(secret) }));
    const settings = { jwks: { keys: [key] }, attacks: [2] };
    return [
      jws(`algorithms/confusion-${name}`, 'token_untrusted', forged, {
        ...settings,
        algorithms: [key['alg']],
      }),
      jws(`algorithms/confusion-${name}-hs256-on-the-list`, 'reject', forged, {
        ...settings,
        algorithms: [key['alg'], 'HS256'],
      }),
    ];
  });
}

/** Attack 3: the key is for another algorithm than the token says. */
function wrongAlgorithm(): Entry[] {
  const rows: readonly [name: string, header: string, signed: string, key: Jwk][] = [
    ['rs256-by-ps256-key', 'RS256', 'RS256', publicKey('rsa', { alg: 'PS256' })],
    ['ps256-by-rs256-key', 'PS256', 'PS256', publicKey('rsa', { alg: 'RS256' })],
    ['ps384-by-ps256-key', 'PS384', 'PS384', publicKey('rsa', { alg: 'PS256' })],
    ['rs512-by-rs256-key', 'RS512', 'RS512', publicKey('rsa', { alg: 'RS256' })],
    ['rs256-header-ps256-signature', 'RS256', 'PS256', publicKey('rsa', { alg: 'RS256' })],
    ['ps256-header-rs256-signature', 'PS256', 'RS256', publicKey('rsa', { alg: 'PS256' })],
    ['rs256-header-rs384-signature', 'RS256', 'RS384', publicKey('rsa', { alg: 'RS256' })],
    ['rs256-by-key-for-encryption-algorithm', 'RS256', 'RS256', publicKey('rsa', { alg: 'RSA-OAEP' })],
    ['es256-by-es384-key', 'ES256', 'ES256', publicKey('p256', { alg: 'ES384' })],
    ['es256-on-p384', 'ES256', 'ES256', publicKey('p384')],
    ['es384-on-p256', 'ES384', 'ES384', publicKey('p256')],
    ['es512-on-p256', 'ES512', 'ES512', publicKey('p256')],
    ['es256-on-secp256k1', 'ES256', 'ES256', publicKey('secp256k1')],
    ['es256-header-es512-hash', 'ES256', 'ES512', publicKey('p256')],
    ['es256-header-rsa-key', 'ES256', 'RS256', publicKey('rsa')],
    ['rs256-header-ec-key', 'RS256', 'ES256', publicKey('p256')],
    ['eddsa-header-ec-key', 'EdDSA', 'ES256', publicKey('p256')],
    ['es256-header-ed25519-key', 'ES256', 'EdDSA', publicKey('ed25519')],
    ['eddsa-by-es256-key', 'EdDSA', 'EdDSA', publicKey('ed25519', { alg: 'ES256' })],
  ];
  return rows.map(([name, header, signed, key]) =>
    jws(
      `algorithms/${name}`,
      'token_untrusted',
      token({ alg: header, kid: key['kid'] }, PAYLOAD, signer(signed, String(key['kid']))),
      { jwks: { keys: [key] }, algorithms: [header], attacks: [3] },
    ),
  );
}

/** Which keys serve which algorithms when several are allowed. */
function severalAllowed(): Entry[] {
  const both = { keys: [publicKey('p256', { alg: 'ES256' }), publicKey('rsa', { alg: 'RS256' })] };
  const algorithms = ['ES256', 'RS256'];
  return [
    jws('algorithms/first-of-two', 'accept', token({ alg: 'ES256', kid: 'p256' }, PAYLOAD, es256), {
      jwks: both,
      algorithms,
    }),
    jws(
      'algorithms/second-of-two',
      'accept',
      token({ alg: 'RS256', kid: 'rsa' }, PAYLOAD, signer('RS256', 'rsa')),
      {
        jwks: both,
        algorithms,
      },
    ),
    jws(
      'algorithms/second-of-two-by-the-key-of-the-first',
      'token_untrusted',
      token({ alg: 'RS256', kid: 'p256' }, PAYLOAD, signer('RS256', 'rsa')),
      { jwks: both, algorithms, attacks: [3] },
    ),
    jws('algorithms/key-without-alg', 'accept', token({ alg: 'ES256', kid: 'p256' }, PAYLOAD, es256), {
      jwks: { keys: [publicKey('p256')] },
    }),
    jws(
      'algorithms/secret-key-for-rs256',
      'token_untrusted',
      token({ alg: 'RS256', kid: 'oct-32' }, PAYLOAD, signer('RS256', 'rsa')),
      { jwks: { keys: [secretKey('oct-32')] }, algorithms: ['RS256'], attacks: [2] },
    ),
    jwt('algorithms/access-token-hs256-instead', 'token_untrusted', forgedAccessToken(), { attacks: [2] }),
    jwt('algorithms/access-token-accepted', 'accept', accessToken(), { jwks: KEY_SET }),
  ];
}

function forgedAccessToken(): string {
  return token({ ...HEADER, alg: 'HS256' }, CLAIMS, signer('HS256', { k: encode(JSON.stringify(KEY_SET)) }));
}

/** The algorithm is fixed by the verifier and the key, never by the token alone (RFC 8725 section 3.1). */
export function algorithms(): Entry[] {
  return [...eachAlgorithm(), ...noSignature(), ...confusion(), ...wrongAlgorithm(), ...severalAllowed()];
}
