export type {
  AccessTokenClaims,
  JsonWebKeySet,
  ProblemDocument,
  SessionMode,
  VerificationCode,
} from '@latchstring/protocol';
export type { Algorithm, AsymmetricAlgorithm } from './algorithms.ts';
export { decodeBase64url } from './base64url.ts';
export { checkOrigin, csrfDigest } from './csrf.ts';
export {
  KeySetError,
  RevocationFeedError,
  StrictJsonError,
  VerificationError,
  type JsonFault,
  type KeySetFault,
  type RevocationFeedFault,
  type VerificationErrorOptions,
} from './errors.ts';
export { fetchRequestFacts, nodeRequestFacts, type NodeMessage, type RequestFacts } from './facts.ts';
export { parseStrictJson, type StrictJsonOptions } from './json.ts';
export { verifyJws, verifyJwt, type JwsOptions, type JwtOptions, type VerifiedJws } from './jws.ts';
export { parseKeySet, type KeyQuery, type KeySet, type KeySource, type VerificationKey } from './keys.ts';
export type { VerifierOptions } from './options.ts';
export type { Principal } from './principal.ts';
export { remoteKeys, type Fetch, type RemoteKeysOptions } from './remote.ts';
export type { FeedClock } from './revocations/clock.ts';
export type { RevocationOptions, StalePolicy } from './revocations/options.ts';
export type { Revocations, RevocationStatus } from './revocations/status.ts';
export { parseSecret } from './secrets.ts';
export { staticKeys } from './static.ts';
export { createVerifier, type Requirements, type StaleRequirement, type Verifier } from './verifier.ts';
