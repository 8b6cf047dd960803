import {
  constants,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  privateEncrypt,
  sign,
} from 'node:crypto';
import { bytesOf, toBytes, toNumber, type Jwk } from './material.ts';

// Everything here is deterministic, so that generating twice gives the same bytes. That is why ECDSA and PSS are not
// left to node:crypto, which draws fresh randomness.

/** The order of each curve's group, its name in node:crypto and its length in bytes. */
const CURVES: Readonly<Record<string, { name: string; order: bigint; length: number }>> = {
  'P-256': {
    name: 'prime256v1',
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    length: 32,
  },
  'P-384': {
    name: 'secp384r1',
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    length: 48,
  },
  'P-521': {
    name: 'secp521r1',
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    length: 66,
  },
  secp256k1: {
    name: 'secp256k1',
    order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    length: 32,
  },
};

/** The curve of an EC key. */
export function curveOf(key: Jwk): { name: string; order: bigint; length: number } {
  const curve = CURVES[String(key['crv'])];
  if (curve === undefined) throw new TypeError('the key is on no known curve');
  return curve;
}

function digest(hash: string, ...data: (string | Uint8Array)[]): Buffer {
  const state = createHash(hash);
  for (const piece of data) state.update(piece);
  return state.digest();
}

function invert(value: bigint, modulus: bigint): bigint {
  let [r0, r1, s0, s1] = [modulus, value % modulus, 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [s0, s1] = [s1, s0 - quotient * s1];
  }
  return ((s0 % modulus) + modulus) % modulus;
}

// RFC 6979 section 2.3.2.
function bitsToNumber(bits: Uint8Array, order: bigint): bigint {
  const excess = bits.length * 8 - order.toString(2).length;
  return excess > 0 ? toNumber(bits) >> BigInt(excess) : toNumber(bits);
}

// RFC 6979 section 3.2.
function nonce(hash: string, privateKey: bigint, hashed: Uint8Array, order: bigint, length: number): bigint {
  const seed = Buffer.concat([
    toBytes(privateKey, length),
    toBytes(bitsToNumber(hashed, order) % order, length),
  ]);
  const mac = (key: Uint8Array, ...data: Uint8Array[]): Buffer =>
    createHmac(hash, key).update(Buffer.concat(data)).digest();
  let v: Buffer = Buffer.alloc(hashed.length, 1);
  let k: Buffer = Buffer.alloc(hashed.length, 0);
  for (const round of [0, 1]) {
    k = mac(k, v, Buffer.from([round]), seed);
    v = mac(k, v);
  }
  for (;;) {
    let candidate = Buffer.alloc(0);
    while (candidate.length < length) {
      v = mac(k, v);
      candidate = Buffer.concat([candidate, v]);
    }
    const value = bitsToNumber(candidate.subarray(0, length), order);
    if (value > 0n && value < order) return value;
    k = mac(k, v, Buffer.from([0]));
    v = mac(k, v);
  }
}

/** An ECDSA signature as the two numbers that it is made of. */
export function ecdsa(hash: string, key: Jwk, input: string): { r: bigint; s: bigint } {
  const { name, order, length } = curveOf(key);
  const privateKey = toNumber(bytesOf(key, 'd'));
  const hashed = digest(hash, input);
  const k = nonce(hash, privateKey, hashed, order, length);
  const point = createECDH(name);
  point.setPrivateKey(toBytes(k, length));
  const r = toNumber(point.getPublicKey().subarray(1, 1 + length)) % order;
  const s = (invert(k, order) * (bitsToNumber(hashed, order) + r * privateKey)) % order;
  return { r, s };
}

/** The two numbers side by side, each as long as the curve's order (RFC 7518 section 3.4). */
export function joinSignature(key: Jwk, { r, s }: { r: bigint; s: bigint }): Buffer {
  const { length } = curveOf(key);
  return Buffer.concat([toBytes(r, length), toBytes(s, length)]);
}

/** The private operation of RSA on bytes that are as long as the modulus. */
export function rawRsa(key: Jwk, encoded: Uint8Array): Buffer {
  const privateKey = createPrivateKey({ key: key, format: 'jwk' });
  return privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded);
}

const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha1: '3021300906052b0e03021a05000414',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** The algorithm's name and the hash (RFC 8017 section 9.2, step 2). */
export function digestInfo(hash: string, input: string): Buffer {
  return Buffer.concat([Buffer.from(DIGEST_INFO[hash] ?? '', 'hex'), digest(hash, input)]);
}

/** An encoded message of PKCS #1 v1.5 (RFC 8017 section 9.2) as long as the modulus. */
export function pkcs1(length: number, hash: string, input: string): Buffer {
  const info = digestInfo(hash, input);
  const padding = Buffer.alloc(length - info.length - 3, 0xff);
  return Buffer.concat([Buffer.from([0, 1]), padding, Buffer.alloc(1), info]);
}

function mask(hash: string, seed: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; Buffer.concat(blocks).length < length; counter++) {
    blocks.push(digest(hash, seed, toBytes(BigInt(counter), 4)));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** How a PSS signature may differ from what RFC 7518 section 3.5 demands. */
export interface PssDeviation {
  readonly maskHash?: string;
  readonly saltLength?: number;
  readonly trailer?: number;
}

/** A PSS signature (RFC 8017 section 9.1.1) whose salt is a hash of the input. */
export function pss(hash: string, key: Jwk, input: string, deviation: PssDeviation = {}): Buffer {
  const modulus = bytesOf(key, 'n');
  const hashed = digest(hash, input);
  const { maskHash = hash, saltLength = hashed.length, trailer = 0xbc } = deviation;
  const salt = mask(hash, digest(hash, 'salt', input), saltLength);
  const h = digest(hash, Buffer.alloc(8), hashed, salt);
  const data = Buffer.alloc(modulus.length - h.length - 1);
  data[data.length - salt.length - 1] = 1;
  salt.copy(data, data.length - salt.length);
  const masked = data.map((byte, at) => byte ^ (mask(maskHash, h, data.length)[at] ?? 0));
  // The test keys' moduli have a multiple of eight bits: one bit is cleared.
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return rawRsa(key, Buffer.concat([masked, h, Buffer.from([trailer])]));
}

function ecdsaSigner(hash: string): (key: Jwk, input: string) => Buffer {
  return (key, input) => joinSignature(key, ecdsa(hash, key, input));
}

function nodeSigner(hash: string | null): (key: Jwk, input: string) => Buffer {
  return (key, input) => sign(hash, Buffer.from(input), createPrivateKey({ key: key, format: 'jwk' }));
}

function hmacSigner(hash: string): (key: Jwk, input: string) => Buffer {
  return (key, input) => createHmac(hash, bytesOf(key, 'k')).update(input).digest();
}

/** How each algorithm signs the input with a private JWK (RFC 7518 section 3.1, RFC 8037). */
export const SIGNERS: Readonly<Record<string, (key: Jwk, input: string) => Buffer>> = {
  ES256: ecdsaSigner('sha256'),
  ES384: ecdsaSigner('sha384'),
  ES512: ecdsaSigner('sha512'),
  RS256: nodeSigner('sha256'),
  RS384: nodeSigner('sha384'),
  RS512: nodeSigner('sha512'),
  PS256: (key, input) => pss('sha256', key, input),
  PS384: (key, input) => pss('sha384', key, input),
  PS512: (key, input) => pss('sha512', key, input),
  EdDSA: nodeSigner(null),
  HS256: hmacSigner('sha256'),
  HS384: hmacSigner('sha384'),
  HS512: hmacSigner('sha512'),
};
