import { constants } from 'node:crypto';

/** How one signature algorithm of RFC 7518 section 3 and RFC 8037 section 3.1 is computed. */
export interface AlgorithmRules {
  /** The key type that it takes (`kty`). */
  readonly kty: 'EC' | 'RSA' | 'OKP' | 'oct';
  /** The curve that it takes (`crv`). */
  readonly crv?: string;
  /** The digest; null where the algorithm has its own. */
  readonly digest: string | null;
  /** The exact length of a signature in bytes; undefined where it is that of the modulus. */
  readonly signatureBytes?: number;
  readonly padding?: number;
  /** The exact length of the salt in bytes. */
  readonly saltLength?: number;
  /** The least length of a symmetric key in bytes. */
  readonly keyBytes?: number;
}

const pkcs1 = { kty: 'RSA', padding: constants.RSA_PKCS1_PADDING } as const;
const pss = { kty: 'RSA', padding: constants.RSA_PKCS1_PSS_PADDING } as const;

/** The algorithms whose keys can be published. */
export const ASYMMETRIC_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
] as const;

/** The algorithms over a shared secret. Of these a verifier itself takes HS256 only. */
export const SYMMETRIC_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;

/** An algorithm that needs a public key only. */
export type AsymmetricAlgorithm = (typeof ASYMMETRIC_ALGORITHMS)[number];

/** Every algorithm that can be checked. `none` is not one of them. */
export type Algorithm = AsymmetricAlgorithm | (typeof SYMMETRIC_ALGORITHMS)[number];

/** What a verifier accepts where its options say nothing. */
export const DEFAULT_ALGORITHMS: readonly AsymmetricAlgorithm[] = ['ES256', 'RS256', 'EdDSA'];

/** The rules of each algorithm. A Map, so that no name from a token finds what was not put in. */
export const ALGORITHMS: ReadonlyMap<string, AlgorithmRules> = new Map<Algorithm, AlgorithmRules>([
  // RFC 7518 section 3.4: R and S of the curve's size, one after the other.
  ['ES256', { kty: 'EC', crv: 'P-256', digest: 'sha256', signatureBytes: 64 }],
  ['ES384', { kty: 'EC', crv: 'P-384', digest: 'sha384', signatureBytes: 96 }],
  ['ES512', { kty: 'EC', crv: 'P-521', digest: 'sha512', signatureBytes: 132 }],
  ['RS256', { ...pkcs1, digest: 'sha256' }],
  ['RS384', { ...pkcs1, digest: 'sha384' }],
  ['RS512', { ...pkcs1, digest: 'sha512' }],
  // RFC 7518 section 3.5: the salt has the size of the digest.
  ['PS256', { ...pss, digest: 'sha256', saltLength: 32 }],
  ['PS384', { ...pss, digest: 'sha384', saltLength: 48 }],
  ['PS512', { ...pss, digest: 'sha512', saltLength: 64 }],
  ['EdDSA', { kty: 'OKP', crv: 'Ed25519', digest: null, signatureBytes: 64 }],
  // RFC 7518 section 3.2: a key at least as long as the digest.
  ['HS256', { kty: 'oct', digest: 'sha256', signatureBytes: 32, keyBytes: 32 }],
  ['HS384', { kty: 'oct', digest: 'sha384', signatureBytes: 48, keyBytes: 48 }],
  ['HS512', { kty: 'oct', digest: 'sha512', signatureBytes: 64, keyBytes: 64 }],
]);
