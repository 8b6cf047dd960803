import { bytesOf, publicKey, testKey, toBytes, toNumber } from './material.ts';
import {
  curveOf,
  digestInfo,
  ecdsa,
  joinSignature,
  pkcs1,
  pss,
  rawRsa,
  type PssDeviation,
} from './signers.ts';
import {
  compact,
  encode,
  es256,
  jws,
  PAYLOAD,
  replacePart,
  signer,
  token,
  type Entry,
  type Signer,
} from './tokens.ts';
import { setFor } from './pairs.ts';

function entry(id: string, expect: string, alg: string, kid: string, sign: Signer, attacks: number[]): Entry {
  return jws(`signatures/${id}`, expect, token({ alg, kid }, PAYLOAD, sign), {
    jwks: setFor(alg),
    algorithms: [alg],
    attacks,
  });
}

function derNumber(number: bigint): Buffer {
  let hex = number.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  if (parseInt(hex.slice(0, 2), 16) > 0x7f) hex = `00${hex}`;
  const value = Buffer.from(hex, 'hex');
  return Buffer.concat([Buffer.from([2, value.length]), value]);
}

function der({ r, s }: { r: bigint; s: bigint }): Buffer {
  const body = Buffer.concat([derNumber(r), derNumber(s)]);
  const length = body.length < 128 ? [body.length] : [0x81, body.length];
  return Buffer.concat([Buffer.from([0x30, ...length]), body]);
}

/** Attacks 15 and 16: the two numbers of an ECDSA signature (RFC 7518 section 3.4). */
function ecdsaSignatures(algorithm: string, hash: string, kid: string): Entry[] {
  const key = testKey(kid);
  const { order, length } = curveOf(key);
  const name = algorithm.toLowerCase();
  const pair = (id: string, change: (pair: { r: bigint; s: bigint }) => { r: bigint; s: bigint }): Entry =>
    entry(
      `${name}-${id}`,
      'token_untrusted',
      algorithm,
      kid,
      (input) => joinSignature(key, change(ecdsa(hash, key, input))),
      [15],
    );
  const raw = (
    id: string,
    expect: string,
    change: (signature: Buffer, pair: { r: bigint; s: bigint }) => Uint8Array,
  ): Entry =>
    entry(
      `${name}-${id}`,
      expect,
      algorithm,
      kid,
      (input) => {
        const numbers = ecdsa(hash, key, input);
        return change(joinSignature(key, numbers), numbers);
      },
      expect === 'accept' ? [] : [16],
    );
  // Only where the order is well below a power of 256 is there room for a number above it.
  const beyond = (order * 2n).toString(16).length <= length * 2 ? ['r', 's', 'both'] : [];
  return [
    pair('r-zero', ({ s }) => ({ r: 0n, s })),
    pair('s-zero', ({ r }) => ({ r, s: 0n })),
    pair('both-zero', () => ({ r: 0n, s: 0n })),
    pair('r-order', ({ s }) => ({ r: order, s })),
    pair('s-order', ({ r }) => ({ r, s: order })),
    pair('both-order', () => ({ r: order, s: order })),
    pair('both-one', () => ({ r: 1n, s: 1n })),
    pair('r-order-s-zero', () => ({ r: order, s: 0n })),
    pair('r-order-less-one', ({ s }) => ({ r: order - 1n, s })),
    pair('all-ones', () => ({ r: 2n ** BigInt(length * 8) - 1n, s: 2n ** BigInt(length * 8) - 1n })),
    pair('swapped', ({ r, s }) => ({ r: s, s: r })),
    ...beyond.map((which) =>
      pair(`${which}-plus-order`, ({ r, s }) => ({
        r: which === 's' ? r : r + order,
        s: which === 'r' ? s : s + order,
      })),
    ),
    // Both square roots are signatures: neither RFC 7518 nor FIPS 186-5 prefers one.
    raw('s-negated', 'accept', (_, { r, s }) => joinSignature(key, { r, s: order - s })),
    raw('der', 'token_untrusted', (_, numbers) => der(numbers)),
    raw('der-padded-to-length', 'token_untrusted', (signature, numbers) =>
      Buffer.concat([der(numbers), Buffer.alloc(signature.length)]).subarray(
        0,
        Math.max(signature.length, der(numbers).length),
      ),
    ),
    raw('trailing-zeros', 'token_untrusted', (signature) => Buffer.concat([signature, Buffer.alloc(2)])),
    raw('leading-zeros', 'token_untrusted', (signature) => Buffer.concat([Buffer.alloc(2), signature])),
    raw('each-half-longer', 'token_untrusted', (_, { r, s }) =>
      Buffer.concat([toBytes(r, length + 1), toBytes(s, length + 1)]),
    ),
    raw('first-half', 'token_untrusted', (signature) => signature.subarray(0, length)),
    raw('twice', 'token_untrusted', (signature) => Buffer.concat([signature, signature])),
    raw('one-byte', 'token_untrusted', () => Buffer.alloc(1)),
    raw('all-zero-bytes', 'token_untrusted', (signature) => Buffer.alloc(signature.length)),
  ];
}

/** What makes an encoded message of 256 bytes out of a signing input. */
type Encoding = (input: string) => Buffer;

const MODULUS_BYTES = 256;

/** The right encoded message, changed in place. */
function edited(change: (encoded: Buffer) => void): Encoding {
  return (input) => {
    const encoded = pkcs1(MODULUS_BYTES, 'sha256', input);
    change(encoded);
    return encoded;
  };
}

/** Padding of a chosen length, the digest info, and garbage up to the end. */
function withGarbage(padding: number): Encoding {
  return (input) => {
    const filled = Buffer.alloc(MODULUS_BYTES, 0xff);
    Buffer.from([0, 1]).copy(filled);
    filled[padding + 2] = 0;
    digestInfo('sha256', input).copy(filled, padding + 3);
    return filled;
  };
}

/** Another digest info; the padding is as long as it then must be. */
function wrapped(info: Encoding): Encoding {
  return (input) => {
    const body = info(input);
    const filled = Buffer.alloc(MODULUS_BYTES, 0xff);
    Buffer.from([0, 1]).copy(filled);
    filled[MODULUS_BYTES - body.length - 1] = 0;
    body.copy(filled, MODULUS_BYTES - body.length);
    return filled;
  };
}

/** The right hash between other bytes, given in hexadecimal. */
function around(before: string, after = ''): Encoding {
  return wrapped((input) =>
    Buffer.concat([
      Buffer.from(before, 'hex'),
      digestInfo('sha256', input).subarray(-32),
      Buffer.from(after, 'hex'),
    ]),
  );
}

const SEPARATOR = MODULUS_BYTES - 52;

const PKCS1_ENCODINGS: Readonly<Record<string, Encoding>> = {
  'first-byte-one': edited((encoded) => encoded.writeUInt8(1, 0)),
  'block-type-0': edited((encoded) => encoded.writeUInt8(0, 1)),
  'block-type-2': edited((encoded) => encoded.writeUInt8(2, 1)),
  'padding-starts-with-zero': edited((encoded) => encoded.writeUInt8(0, 2)),
  'padding-starts-with-fe': edited((encoded) => encoded.writeUInt8(0xfe, 2)),
  'padding-ends-with-zero': edited((encoded) => encoded.writeUInt8(0, SEPARATOR - 1)),
  'padding-of-zeros': edited((encoded) => encoded.fill(0, 2, SEPARATOR)),
  'separator-missing': edited((encoded) => encoded.writeUInt8(0xff, SEPARATOR)),
  'separator-one': edited((encoded) => encoded.writeUInt8(1, SEPARATOR)),
  'last-byte-changed': edited((encoded) => encoded.writeUInt8(encoded.readUInt8(255) ^ 1, 255)),
  'short-padding-and-garbage': withGarbage(8),
  'no-padding-and-garbage': withGarbage(0),
  'garbage-after-hash': around('3031300d060960864801650304020105000420', '0000'),
  'hash-alone': around(''),
  'hash-truncated': wrapped((input) => digestInfo('sha256', input).subarray(0, -1)),
  'null-missing': around('302f300b06096086480165030402010420'),
  'null-replaced': around('3031300d060960864801650304020104000420'),
  'null-with-content': around('3033300f06096086480165030402010502aaaa0420'),
  'long-length': around('308131300d060960864801650304020105000420'),
  'indefinite-length': around('3080300d060960864801650304020105000420', '0000'),
  'name-of-sha384': around('3031300d060960864801650304020205000420'),
  'name-of-sha1': wrapped((input) => digestInfo('sha1', input)),
  'hash-of-sha512': wrapped((input) => digestInfo('sha512', input)),
  'extra-element': around('3033300d060960864801650304020105000420', '0500'),
  'set-instead-of-sequence': around('3131300d060960864801650304020105000420'),
  'bit-string': around('3032300d06096086480165030402010500032100'),
  'all-zero': () => Buffer.alloc(MODULUS_BYTES),
};

/** Attack 17: encoded messages that are not exactly the one of RFC 8017 section 9.2. */
function pkcs1Signatures(): Entry[] {
  const key = testKey('rsa');
  return Object.entries(PKCS1_ENCODINGS).map(([name, encoded]) =>
    entry(`rs256-${name}`, 'token_untrusted', 'RS256', 'rsa', (input) => rawRsa(key, encoded(input)), [17]),
  );
}

/** Numbers out of range and lengths that do not fit (RFC 8017 section 8.2.2 step 1 and section 5.2.2). */
function rsaNumbers(): Entry[] {
  const modulus = bytesOf(testKey('rsa'), 'n');
  const n = toNumber(modulus);
  const sign = signer('RS256', 'rsa');
  const rows: Record<string, (signature: Buffer) => Uint8Array> = {
    zero: () => Buffer.alloc(256),
    one: () => toBytes(1n, 256),
    modulus: () => modulus,
    'modulus-less-one': () => toBytes(n - 1n, 256),
    'all-ones': () => Buffer.alloc(256, 0xff),
    'plus-modulus': (signature) => toBytes(toNumber(signature) + n, 257),
    negated: (signature) => toBytes(n - toNumber(signature), 256),
    'leading-zero': (signature) => Buffer.concat([Buffer.alloc(1), signature]),
    'trailing-zero': (signature) => Buffer.concat([signature, Buffer.alloc(1)]),
    'last-byte-missing': (signature) => signature.subarray(0, -1),
    reversed: (signature) => Buffer.from(signature).reverse(),
    twice: (signature) => Buffer.concat([signature, signature]),
  };
  return Object.entries(rows).map(([name, change]) =>
    entry(
      `rs256-${name}`,
      'token_untrusted',
      'RS256',
      'rsa',
      (input) => change(Buffer.from(sign(input))),
      [17],
    ),
  );
}

/** Attack 18: the salt is as long as the hash, and the mask made with the same one (RFC 7518 section 3.5). */
function pssSignatures(): Entry[] {
  const key = testKey('rsa');
  const deviations: Record<string, PssDeviation> = {
    'salt-empty': { saltLength: 0 },
    'salt-of-20': { saltLength: 20 },
    'salt-of-31': { saltLength: 31 },
    'salt-of-33': { saltLength: 33 },
    'salt-of-64': { saltLength: 64 },
    'salt-longest': { saltLength: 222 },
    'mask-of-sha1': { maskHash: 'sha1' },
    'mask-of-sha512': { maskHash: 'sha512' },
    'trailer-cc': { trailer: 0xcc },
    'trailer-zero': { trailer: 0 },
  };
  const made = (name: string, alg: string, sign: Signer): Entry =>
    entry(name, 'token_untrusted', alg, 'rsa', sign, [18]);
  return [
    ...Object.entries(deviations).map(([name, deviation]) =>
      made(`ps256-${name}`, 'PS256', (input) => pss('sha256', key, input, deviation)),
    ),
    made('ps256-hash-of-sha384', 'PS256', (input) => pss('sha384', key, input)),
    made('ps384-hash-of-sha256', 'PS384', (input) => pss('sha256', key, input)),
    made('ps384-salt-of-32', 'PS384', (input) => pss('sha384', key, input, { saltLength: 32 })),
    made('ps256-pkcs1', 'PS256', (input) => rawRsa(key, pkcs1(256, 'sha256', input))),
    made('rs256-pss', 'RS256', (input) => pss('sha256', key, input)),
  ];
}

/** Attack 19: the one form of an Ed25519 signature (RFC 8032 section 5.1.7). */
function edwardsSignatures(): Entry[] {
  // RFC 8032 section 5.1: the order of the base point.
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const sign = signer('EdDSA', 'ed25519');
  const little = (bytes: Uint8Array): bigint => toNumber(Buffer.from(bytes).reverse());
  const withS = (signature: Buffer, s: bigint): Buffer =>
    Buffer.concat([signature.subarray(0, 32), toBytes(s, 32).reverse()]);
  const rows: Record<string, (signature: Buffer) => Uint8Array> = {
    's-plus-order': (signature) => withS(signature, little(signature.subarray(32)) + order),
    's-plus-eight-orders': (signature) => withS(signature, little(signature.subarray(32)) + 8n * order),
    's-order': (signature) => withS(signature, order),
    's-zero': (signature) => withS(signature, 0n),
    's-high-bit': (signature) => withS(signature, little(signature.subarray(32)) | (1n << 255n)),
    'r-sign-flipped': (signature) => flip(signature, 31, 0x80),
    'r-changed': (signature) => flip(signature, 0, 1),
    'all-zero': () => Buffer.alloc(64),
    'all-ones': () => Buffer.alloc(64, 0xff),
    'halves-swapped': (signature) => Buffer.concat([signature.subarray(32), signature.subarray(0, 32)]),
    truncated: (signature) => signature.subarray(0, 63),
    longer: (signature) => Buffer.concat([signature, Buffer.alloc(1)]),
  };
  return Object.entries(rows).map(([name, change]) =>
    entry(
      `eddsa-${name}`,
      'token_untrusted',
      'EdDSA',
      'ed25519',
      (input) => change(Buffer.from(sign(input))),
      [19],
    ),
  );
}

function flip(bytes: Uint8Array, at: number, bits: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ bits;
  return changed;
}

/** What is signed is the text of the first two parts, and nothing else (RFC 7515 section 5.2 step 8). */
function signingInput(): Entry[] {
  const header = { alg: 'ES256', kid: 'p256' };
  const good = token(header, PAYLOAD, es256);
  const over = (change: (input: string) => string): string =>
    token(header, PAYLOAD, (input) => es256(change(input)));
  const rows: Record<string, string> = {
    'over-decoded-payload': over((input) => `${input.split('.')[0] ?? ''}.${PAYLOAD}`),
    'over-header-alone': over((input) => input.split('.')[0] ?? ''),
    'over-payload-alone': over((input) => input.split('.')[1] ?? ''),
    'over-trailing-dot': over((input) => `${input}.`),
    'over-nothing': over(() => ''),
    'over-other-header': replacePart(good, 0, () => encode({ kid: 'p256', alg: 'ES256' })),
    'over-header-with-whitespace': replacePart(good, 0, () => encode('{"alg": "ES256","kid":"p256"}')),
    'of-another-payload': replacePart(good, 1, () => encode('another payload')),
    'of-another-key': token(header, PAYLOAD, signer('ES256', 'p256-other')),
  };
  const [, , signature = ''] = good.split('.');
  const flips = [0, 7, 31, 32, 63].map((at) =>
    jws(
      `signatures/bit-of-byte-${at}`,
      'token_untrusted',
      replacePart(good, 2, () => encode(flip(Buffer.from(signature, 'base64url'), at, 1))),
    ),
  );
  return [
    ...Object.entries(rows).map(([name, text]) => jws(`signatures/${name}`, 'token_untrusted', text)),
    ...flips,
    jws(
      'signatures/null-bytes',
      'token_untrusted',
      replacePart(good, 2, () => encode(Buffer.alloc(64))),
      { attacks: [20] },
    ),
    jws(
      'signatures/null-word',
      'token_untrusted',
      replacePart(good, 2, () => 'null'),
      { attacks: [20] },
    ),
    jws(
      'signatures/empty',
      'token_untrusted',
      replacePart(good, 2, () => ''),
      { attacks: [20] },
    ),
    jws(
      'signatures/eddsa-of-another-key',
      'token_untrusted',
      compact(encode({ alg: 'EdDSA', kid: 'ed25519' }), encode(PAYLOAD), signer('EdDSA', 'ed25519-other')),
      {
        jwks: { keys: [publicKey('ed25519')] },
        algorithms: ['EdDSA'],
      },
    ),
  ];
}

/** Signatures that must fail, each by what a weak implementation would let pass. */
export function signatures(): Entry[] {
  return [
    ...ecdsaSignatures('ES256', 'sha256', 'p256'),
    ...ecdsaSignatures('ES384', 'sha384', 'p384'),
    ...ecdsaSignatures('ES512', 'sha512', 'p521'),
    ...pkcs1Signatures(),
    ...rsaNumbers(),
    ...pssSignatures(),
    ...edwardsSignatures(),
    ...signingInput(),
  ];
}
