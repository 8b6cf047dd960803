import { publicKey } from './material.ts';

/** The asymmetric algorithms and the test key that each signs with. */
export const ALGORITHMS: Readonly<Record<string, string>> = {
  ES256: 'p256',
  ES384: 'p384',
  ES512: 'p521',
  RS256: 'rsa',
  RS384: 'rsa',
  RS512: 'rsa-3072',
  PS256: 'rsa',
  PS384: 'rsa',
  PS512: 'rsa-3072',
  EdDSA: 'ed25519',
};

/** The key set with the one key of an asymmetric algorithm. */
export function setFor(algorithm: string): unknown {
  return { keys: [publicKey(ALGORITHMS[algorithm] ?? '', { alg: algorithm })] };
}
