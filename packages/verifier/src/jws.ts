import type { AccessTokenClaims } from '@latchstring/protocol';
import { ALGORITHMS, type Algorithm } from './algorithms.ts';
import { checkTolerance } from './claims.ts';
import { parseCompact, type CompactToken, type HeaderPolicy, type TokenHeader } from './compact.ts';
import { KeySetError, VerificationError } from './errors.ts';
import { IssuedClaims } from './issued-claims.ts';
import { parseKeySet, type KeySet } from './keys.ts';
import { verifySignature } from './signature.ts';
import { ACCESS_TOKEN_TYPES, parseJwtClaims } from './verifier.ts';

/** What a signature is checked against. */
export interface JwsOptions {
  readonly algorithms: readonly Algorithm[];
}

/** What an access token is checked against. */
export interface JwtOptions extends JwsOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Seconds since the Unix epoch. */
  readonly now: number;
  /** Seconds, 0 to 60. */
  readonly tolerance: number;
}

/** A JWS whose signature is right. */
export interface VerifiedJws {
  readonly header: TokenHeader;
  readonly payload: Uint8Array;
}

/**
 * Checks the form, header and signature of a JWS and nothing more: any payload, any `typ`. This is the layer `jws` of the
 * conformance vectors; to authenticate a request use {@link createVerifier}.
 *
 * Symmetric keys are taken as well, from a set that has no others. A token without `kid` is taken only with a set of one key.
 *
 * @throws {VerificationError} `token_malformed`, `token_untrusted` (also where the key set is refused).
 */
export function verifyJws(token: string, jwks: unknown, { algorithms }: JwsOptions): VerifiedJws {
  const { header, payload } = verifyCompact(token, jwks, { algorithms: checkAlgorithms(algorithms) });
  return { header, payload };
}

/**
 * Checks an access token against a given key set and time, with no cache and nothing loaded. This is the layer `jwt` of the
 * conformance vectors; to authenticate a request use {@link createVerifier}.
 *
 * Not checked: how the token travelled, revocation, CSRF, origin, roles.
 *
 * @throws {VerificationError} every `token_…` code that a token by itself can cause.
 */
export function verifyJwt(token: string, jwks: unknown, options: JwtOptions): AccessTokenClaims {
  checkTolerance(options.tolerance);
  const policy = { algorithms: checkAlgorithms(options.algorithms), types: ACCESS_TOKEN_TYPES };
  const issued = new IssuedClaims(options.issuer, options.audience);
  return parseJwtClaims(verifyCompact(token, jwks, policy), { ...options, issued }, options.now);
}

function verifyCompact(token: string, jwks: unknown, policy: HeaderPolicy): CompactToken {
  const parts = parseCompact(token, policy);
  verifySignature(parts, readKeySet(jwks).find(parts.header));
  return parts;
}

function readKeySet(jwks: unknown): KeySet {
  try {
    return parseKeySet(jwks);
  } catch (error) {
    if (!(error instanceof KeySetError)) throw error;
    throw new VerificationError('token_untrusted', 'The key set is refused, so no key is trusted.', {
      cause: error,
    });
  }
}

function checkAlgorithms(algorithms: readonly string[]): ReadonlySet<string> {
  if (algorithms.every((name) => ALGORITHMS.has(name))) return new Set(algorithms);
  throw new TypeError(`The algorithms are ${[...ALGORITHMS.keys()].join(', ')}.`);
}
