export type {
  AccessTokenClaims,
  JsonWebKeySet,
  ProblemDocument,
  SessionMode,
  VerificationCode,
} from '@latchstring/protocol';
export type { Algorithm, AsymmetricAlgorithm } from './algorithms.ts';
export { checkOrigin, csrfDigest } from './csrf.ts';
export {
  KeySetError,
  StrictJsonError,
  VerificationError,
  type JsonFault,
  type KeySetFault,
  type VerificationErrorOptions,
} from './errors.ts';
export { fetchRequestFacts, nodeRequestFacts, type NodeMessage, type RequestFacts } from './facts.ts';
export { parseStrictJson, type StrictJsonOptions } from './json.ts';
export { verifyJws, verifyJwt, type JwsOptions, type JwtOptions, type VerifiedJws } from './jws.ts';
export { parseKeySet, type KeyQuery, type KeySet, type KeySource, type VerificationKey } from './keys.ts';
export type { VerifierOptions } from './options.ts';
export type { Principal } from './principal.ts';
export { remoteKeys, type Fetch, type RemoteKeysOptions } from './remote.ts';
export { parseSecret } from './secrets.ts';
export { staticKeys } from './static.ts';
export { createVerifier, type Requirements, type Verifier } from './verifier.ts';
