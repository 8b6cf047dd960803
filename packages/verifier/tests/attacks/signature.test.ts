import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseKeySet } from '../../src/index.ts';
import { KEY, base64url, judge, judgeJws, setOf, testKey, token, verifierOf } from '../support.ts';
import { SHA256_INFO, padded, pkcs1Block, rsaKey, sha256 } from './rsa.ts';

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function bigEndian(number: bigint, bytes = 32): Buffer {
  return Buffer.from(number.toString(16).padStart(bytes * 2, '0'), 'hex');
}

describe('attack 15: signatures out of range', () => {
  const values = {
    zero: 0n,
    one: 1n,
    order: P256_ORDER,
    'order + 1': P256_ORDER + 1n,
    maximum: (1n << 256n) - 1n,
  };
  const pairs = Object.entries(values).flatMap(([r, rv]) =>
    Object.entries(values).map(([s, sv]) => [r, s, rv, sv] as const),
  );
  it.each(pairs)('attack 15: r is %s and s is %s', async (_r, _s, r, s) => {
    const sign = (): Buffer => Buffer.concat([bigEndian(r), bigEndian(s)]);
    expect(await judge(token({}, {}, { ...KEY, sign }))).toBe('token_untrusted');
  });
  it.each(['ES384', 'ES512'])('attack 15: all zeros under %s', async (alg) => {
    const key = testKey(alg);
    const sign = (): Buffer => Buffer.alloc(alg === 'ES384' ? 96 : 132);
    expect(await judgeJws(token({}, {}, { ...key, sign }), key.jwk)).toBe('token_untrusted');
  });
});

describe('attack 16: signatures in another form', () => {
  const der = (raw: Buffer): Buffer => {
    const integer = (half: Buffer): Buffer => {
      const trimmed = half.subarray(half.findIndex((byte) => byte !== 0));
      const body = (trimmed[0] ?? 0) > 127 ? Buffer.concat([Buffer.alloc(1), trimmed]) : trimmed;
      return Buffer.concat([Buffer.from([2, body.length]), body]);
    };
    const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
    return Buffer.concat([Buffer.from([0x30, body.length]), body]);
  };
  it.each([
    ['DER', der],
    ['a byte of zero after it', (raw: Buffer) => Buffer.concat([raw, Buffer.alloc(1)])],
    [
      'zeros before r and s',
      (raw: Buffer) =>
        Buffer.concat([Buffer.alloc(1), raw.subarray(0, 32), Buffer.alloc(1), raw.subarray(32)]),
    ],
    ['twice', (raw: Buffer) => Buffer.concat([raw, raw])],
    ['the last byte missing', (raw: Buffer) => raw.subarray(0, 63)],
    ['r alone', (raw: Buffer) => raw.subarray(0, 32)],
    ['r and s swapped', (raw: Buffer) => Buffer.concat([raw.subarray(32), raw.subarray(0, 32)])],
  ])('attack 16: %s', async (_name, change) => {
    expect(await judge(token({}, {}, { ...KEY, sign: (data) => change(KEY.sign(data)) }))).toBe(
      'token_untrusted',
    );
  });
});

describe('attack 17: RSA padding by hand', () => {
  const info = (data: Buffer): Buffer => Buffer.concat([SHA256_INFO, sha256(data)]);
  const hexInfo = (hex: string, data: Buffer): Buffer =>
    Buffer.concat([Buffer.from(hex, 'hex'), sha256(data)]);
  const variants: readonly (readonly [string, (data: Buffer) => Buffer])[] = [
    ['block type 0', (d) => padded(info(d), { type: 0 })],
    ['block type 2', (d) => padded(info(d), { type: 2 })],
    ['a first byte of 1', (d) => padded(info(d), { lead: 1 }).fill(1, 0, 1)],
    ['padding of zeros', (d) => padded(info(d), { fill: 0 })],
    ['padding of 0xfe', (d) => padded(info(d), { fill: 0xfe })],
    ['no separator', (d) => padded(info(d), { separator: 0xff })],
    ['short padding and bytes after the digest (Bleichenbacher 2006)', (d) => padded(info(d), { length: 8 })],
    ['no padding and bytes after the digest', (d) => padded(info(d), { length: 0 })],
    ['one byte after the digest', (d) => padded(info(d), { length: 200 })],
    ['no DigestInfo', (d) => padded(sha256(d))],
    ['no NULL in the DigestInfo', (d) => padded(hexInfo('302f300b06096086480165030402010420', d))],
    ['another NULL', (d) => padded(hexInfo('3032300e06096086480165030402010501000420', d))],
    ['a long form of the length', (d) => padded(hexInfo('308131300d060960864801650304020105000420', d))],
    [
      'an indefinite length',
      (d) => padded(Buffer.concat([hexInfo('3080300d060960864801650304020105000420', d), Buffer.alloc(2)])),
    ],
    ['the name of SHA-1', (d) => padded(hexInfo('302d300906052b0e03021a05000420', d))],
    ['the name of SHA-384', (d) => padded(hexInfo('3031300d060960864801650304020205000420', d))],
    ['the name of SHA-512', (d) => padded(hexInfo('3031300d060960864801650304020305000420', d))],
    ['another tag for the digest', (d) => padded(hexInfo('3031300d060960864801650304020105000320', d))],
    ['a digest without its last byte', (d) => padded(info(d).subarray(0, -1))],
    ['the digest of something else', () => padded(info(Buffer.from('other')))],
    [
      'a byte changed in the digest',
      (d) => {
        const block = pkcs1Block(d);
        block.writeUInt8(block.readUInt8(255) ^ 1, 255);
        return block;
      },
    ],
  ];
  it('attack 17: the right padding, by hand, is taken', async () => {
    expect(await judge(token({}, {}, rsaKey('RS256')), verifierOf({}, [rsaKey('RS256').jwk]))).toBe('accept');
  });
  it.each(variants)('attack 17: %s', async (_name, block) => {
    expect(await judge(token({}, {}, rsaKey('RS256', block)), verifierOf({}, [rsaKey('RS256').jwk]))).toBe(
      'token_untrusted',
    );
  });
  it('attack 17: a signature longer or shorter than the modulus', async () => {
    for (const change of [(s: Buffer) => Buffer.concat([Buffer.alloc(1), s]), (s: Buffer) => s.subarray(1)]) {
      const text = token({}, {}, { ...rsaKey('RS256'), sign: (data) => change(rsaKey('RS256').sign(data)) });
      expect(await judge(text, verifierOf({}, [rsaKey('RS256').jwk]))).toBe('token_untrusted');
    }
  });
});

interface PssForm {
  readonly hash?: string;
  readonly maskHash?: string;
  readonly salt?: number;
  readonly trailer?: number;
}

/** EMSA-PSS (RFC 8017 section 9.1.1) with every parameter open. */
function pssBlock(
  data: Buffer,
  { hash = 'sha256', maskHash = 'sha256', salt = 32, trailer = 0xbc }: PssForm = {},
): Buffer {
  const digest = (name: string, bytes: Buffer): Buffer => createHash(name).update(bytes).digest();
  const saltBytes = randomBytes(salt);
  const h = digest(hash, Buffer.concat([Buffer.alloc(8), digest(hash, data), saltBytes]));
  const database = Buffer.concat([Buffer.alloc(256 - salt - h.length - 2), Buffer.from([1]), saltBytes]);
  const mask: Buffer[] = [];
  for (let i = 0; Buffer.concat(mask).length < database.length; i++) {
    mask.push(digest(maskHash, Buffer.concat([h, bigEndian(BigInt(i), 4)])));
  }
  const stream = Buffer.concat(mask);
  const masked = database.map((byte, i) => byte ^ (stream[i] ?? 0));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return Buffer.concat([masked, h, Buffer.from([trailer])]);
}

describe('attack 18: PSS by hand', () => {
  const check = (form: PssForm): Promise<string> => {
    const key = rsaKey('PS256', (data) => pssBlock(data, form));
    return judgeJws(token({}, {}, key), key.jwk);
  };
  it('attack 18: the right form, by hand, is taken', async () => {
    expect(await check({})).toBe('accept');
  });
  it.each<PssForm>([
    { salt: 0 },
    { salt: 20 },
    { salt: 31 },
    { salt: 33 },
    { salt: 222 },
    { hash: 'sha1' },
    { hash: 'sha512', salt: 64 },
    { maskHash: 'sha1' },
    { maskHash: 'sha512' },
    { hash: 'sha1', maskHash: 'sha1', salt: 20 },
    { trailer: 0xcc },
  ])('attack 18: %j', async (form) => {
    expect(await check(form)).toBe('token_untrusted');
  });
});

describe('attack 19: Ed25519', () => {
  const key = testKey('EdDSA');
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  const little = (number: bigint): Buffer => bigEndian(number).reverse();
  const read = (bytes: Buffer): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  it.each([1n, 2n, 8n])('attack 19: S plus %d times the order', async (times) => {
    const sign = (data: Buffer): Buffer => {
      const signature = key.sign(data);
      return Buffer.concat([signature.subarray(0, 32), little(read(signature.subarray(32)) + times * order)]);
    };
    expect(await judgeJws(token({}, {}, key), key.jwk)).toBe('accept');
    expect(await judgeJws(token({}, {}, { ...key, sign }), key.jwk)).toBe('token_untrusted');
  });
  const p = (1n << 255n) - 19n;
  const order8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
  const points = [0n, 1n, p - 1n, p, p + 1n, order8, p - order8];
  const signed = points.flatMap((y) => [y, y + (1n << 255n)]);
  it.each(signed)('attack 19: the key of small or no proper order %d', async (y) => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', kid: key.kid, x: base64url(little(y)) };
    // With such a key R = identity and S = 0 pass for a signature of anything, one time in eight at least.
    for (const identity of [1n, y % (1n << 255n)]) {
      const sign = (): Buffer => Buffer.concat([little(identity), Buffer.alloc(32)]);
      expect(await judgeJws(token({}, {}, { ...key, sign }), jwk)).toBe('token_untrusted');
    }
    expect(parseKeySet(setOf(jwk)).size).toBe(0);
  });
});

describe('attack 20: signatures cut off', () => {
  it.each([
    ['stripped', /\.[^.]*$/, '.', 'token_untrusted'],
    ['stripped with its dot', /\.[^.]*$/, '', 'token_malformed'],
    ['null', /\.[^.]*$/, '.bnVsbA', 'token_untrusted'],
    ['of one zero byte', /\.[^.]*$/, '.AA', 'token_untrusted'],
    ['short by four bytes of text', /....$/, '', 'token_untrusted'],
    ['short by one byte of text', /.$/, '', 'token_malformed'],
  ])('attack 20: %s', async (_name, pattern, replacement, code) => {
    // 86 letters hold 64 bytes, so cutting one off leaves stray bits and cutting four off leaves 61.5: both are refused.
    const judged = await judge(token().replace(pattern, replacement));
    expect([code, 'token_malformed']).toContain(judged);
  });
  it('attack 20: the last byte of the signature removed, in canonical form', async () => {
    expect(await judge(token({}, {}, { ...KEY, sign: (data) => KEY.sign(data).subarray(0, 63) }))).toBe(
      'token_untrusted',
    );
  });
});
