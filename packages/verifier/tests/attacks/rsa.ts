import { constants, createHash, generateKeyPairSync, privateEncrypt, type KeyObject } from 'node:crypto';
import type { Json, TestKey } from '../support.ts';

export const SHA256_INFO: Buffer = Buffer.from('3031300d060960864801650304020105000420', 'hex');

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const RSA_PUBLIC: KeyObject = pair.publicKey;
export const RSA_JWK: Json = pair.publicKey.export({ format: 'jwk' }) as Json;

/** The private operation on a block that was padded by hand. */
function rsaSign(block: Buffer): Buffer {
  return privateEncrypt({ key: pair.privateKey, padding: constants.RSA_NO_PADDING }, block);
}

export function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** The parts of a block that an attacker would change. */
export interface Padding {
  readonly lead?: number;
  readonly type?: number;
  readonly fill?: number;
  readonly separator?: number;
  readonly length?: number;
}

/** EMSA-PKCS1-v1_5 (RFC 8017 section 9.2) with every part open. */
export function padded(info: Buffer, padding: Padding = {}): Buffer {
  const { lead = 0, type = 1, fill = 0xff, separator = 0, length = 253 - info.length } = padding;
  const start = Buffer.from([lead, type]);
  const block = Buffer.concat([start, Buffer.alloc(length, fill), Buffer.from([separator]), info]);
  return Buffer.concat([block, Buffer.alloc(Math.max(0, 256 - block.length), 0xab)]).subarray(0, 256);
}

export function pkcs1Block(data: Buffer): Buffer {
  return padded(Buffer.concat([SHA256_INFO, sha256(data)]));
}

/** The one RSA key under the name of an algorithm, signing with a block that is made by hand. */
export function rsaKey(alg: string, block: (data: Buffer) => Buffer = pkcs1Block): TestKey {
  const kid = `key-${alg}`;
  return {
    kid,
    alg,
    jwk: { ...RSA_JWK, kid, alg },
    publicKey: pair.publicKey,
    sign: (data) => rsaSign(block(data)),
  };
}
