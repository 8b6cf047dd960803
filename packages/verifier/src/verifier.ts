import {
  ACCESS_TOKEN_TYPE,
  cookieNames,
  type AccessTokenClaims,
  type SessionMode,
} from '@latchstring/protocol';
import { decodeBase64url } from './base64url.ts';
import { RecentCache } from './cache.ts';
import { checkTimes, parseClaims, type ClaimExpectations } from './claims.ts';
import {
  malformed,
  parseCompact,
  type CompactToken,
  type HeaderPolicy,
  type TokenHeader,
} from './compact.ts';
import { ambiguous, findCredential } from './credentials.ts';
import { checkCsrf } from './csrf.ts';
import { VerificationError } from './errors.ts';
import type { RequestFacts } from './facts.ts';
import type { KeySource, VerificationKey } from './keys.ts';
import { readOptions, type VerifierOptions, type VerifierSettings } from './options.ts';
import { principalOfClaims, type Principal } from './principal.ts';
import { createRevocationGate, type RevocationGate } from './revocations/gate.ts';
import type { StalePolicy } from './revocations/options.ts';
import type { Revocations } from './revocations/status.ts';
import { verifySignature } from './signature.ts';

/** What is to happen while the revocation feed is stale. */
export interface StaleRequirement {
  /** Default: what the verifier's option `revocations` says, `closed` if that says nothing. */
  readonly onStale?: StalePolicy | undefined;
}

/** What a route asks of whoever calls it. */
export interface Requirements extends StaleRequirement {
  /** Roles that the principal must have, all of them. */
  readonly roles?: readonly string[] | undefined;
  /** Roles of which the principal must have one. */
  readonly anyRole?: readonly string[] | undefined;
}

/**
 * Checks tokens and requests. Holds no secret unless it was made with one.
 *
 * Both calls answer at once where the keys are at hand, and with a promise where they must be loaded first: `await` works
 * for both. A refusal at once is thrown, so call them inside an async function or a `try`.
 */
export interface Verifier {
  /**
   * Checks an access token by itself: form, header, signature, times, issuer, audience, revocation.
   *
   * Not checked: how the token travelled, CSRF, origin, roles. For a request use {@link Verifier.verifyRequest}.
   *
   * @throws {VerificationError} every `token_…` code, `keys_unavailable` and `revocations_stale`.
   */
  verifyToken(token: string, requirement?: StaleRequirement): AccessTokenClaims | Promise<AccessTokenClaims>;

  /**
   * Checks a request: finds its one token, checks that, and what the channel and the route demand (design: credentials,
   * token, revocation, CSRF and origin for cookies, roles).
   *
   * Not checked: whether the user may touch this very record, and revocation where the feed is not followed or is behind.
   *
   * @throws {VerificationError} every `VerificationCode`.
   */
  verifyRequest(request: RequestFacts, requirements?: Requirements): Principal | Promise<Principal>;

  /** The revocation feed that this verifier follows. */
  readonly revocations: Revocations;

  /** Stops following the feed. What is known of it grows stale from then on. May be called again. */
  close(): Promise<void>;
}

/**
 * Makes a verifier. Make one per issuer and audience and keep it: its cache is what makes it quick.
 *
 * @throws {TypeError} for options that are wrong or unsafe, with a sentence that says how to mend them.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return new LocalVerifier(readOptions(options));
}

/** RFC 9068 section 4: both spellings of the media type, to the letter. */
export const ACCESS_TOKEN_TYPES: ReadonlySet<string> = new Set([
  ACCESS_TOKEN_TYPE,
  `application/${ACCESS_TOKEN_TYPE}`,
]);

// What an entry takes beside its text: objects of the claims and of the principal, by measurement about this much.
const ENTRY_OVERHEAD_BYTES = 1500;

// Only headers under a right signature are remembered, and an issuer has a few.
const MAXIMUM_HEADERS = 16;

/** A token whose signature and claims were found right. */
interface VerifiedToken {
  readonly token: string;
  readonly key: VerificationKey;
  readonly claims: AccessTokenClaims;
  readonly principal: Principal;
  /** The bytes of the `csrf` claim. */
  readonly csrf: Uint8Array | undefined;
}

class LocalVerifier implements Verifier {
  readonly #settings: VerifierSettings;
  readonly #cookieName: string;
  readonly #policy: HeaderPolicy;
  readonly #headers = new Map<string, TokenHeader>();
  readonly #seen: RecentCache<VerifiedToken>;
  readonly #gate: RevocationGate;

  constructor(settings: VerifierSettings) {
    this.#settings = settings;
    this.#cookieName = cookieNames(settings).access;
    this.#policy = { algorithms: settings.algorithms, types: ACCESS_TOKEN_TYPES, known: this.#headers };
    this.#seen = new RecentCache(settings.cache, ENTRY_OVERHEAD_BYTES);
    this.#gate = createRevocationGate(settings.revocations);
  }

  get revocations(): Revocations {
    return this.#gate;
  }

  close(): Promise<void> {
    return this.#gate.close();
  }

  verifyToken(token: string, requirement?: StaleRequirement): AccessTokenClaims | Promise<AccessTokenClaims> {
    const verified = this.#verify(token);
    const admit = (found: VerifiedToken): AccessTokenClaims | Promise<AccessTokenClaims> => {
      const waiting = this.#gate.check(found.claims, found.key.kid, requirement?.onStale);
      return waiting === undefined ? found.claims : waiting.then(() => found.claims);
    };
    return verified instanceof Promise ? verified.then(admit) : admit(verified);
  }

  verifyRequest(request: RequestFacts, requirements?: Requirements): Principal | Promise<Principal> {
    const { token, mode } = findCredential(request, this.#cookieName);
    const verified = this.#verify(token);
    if (verified instanceof Promise) {
      return verified.then((later) => this.#admit(later, mode, request, requirements));
    }
    return this.#admit(verified, mode, request, requirements);
  }

  #verify(token: string): VerifiedToken | Promise<VerifiedToken> {
    // Callers without types hand in anything.
    const seen = typeof token === 'string' ? this.#seen.get(token) : undefined;
    if (seen === undefined) return this.#verifyAnew(token);
    this.#gate.checkKey(seen.key.kid);
    if (!this.#settings.keys.holds(seen.key)) {
      this.#seen.delete(token);
      return this.#verifyAnew(token);
    }
    checkTimes(seen.claims, this.#settings.tolerance, this.#settings.now());
    return seen;
  }

  #verifyAnew(token: string): VerifiedToken | Promise<VerifiedToken> {
    const parts = parseCompact(token, this.#policy);
    this.#gate.checkKey(parts.header.kid);
    const key = this.#find(parts.header);
    if (isPromise(key)) {
      return Promise.resolve(key).then((later) => this.#finish(parts, later), unavailable);
    }
    return this.#finish(parts, key);
  }

  #find(header: TokenHeader): ReturnType<KeySource['find']> {
    try {
      return this.#settings.keys.find(header);
    } catch (error) {
      return unavailable(error);
    }
  }

  #finish(parts: CompactToken, key: VerificationKey | undefined): VerifiedToken {
    verifySignature(parts, key);
    const claims = parseJwtClaims(parts, this.#settings, this.#settings.now());
    this.#rememberHeader(parts);
    const verified: VerifiedToken = {
      // A copy: the token may be a slice of a header of the request, which would stay in memory with it.
      token: parts.bytes.toString('latin1'),
      key,
      claims,
      principal: principalOfClaims(claims),
      csrf: claims.csrf === undefined ? undefined : decodeCsrf(claims.csrf),
    };
    this.#seen.set(verified);
    return verified;
  }

  #rememberHeader({ bytes, headerText, header }: CompactToken): void {
    if (this.#headers.has(headerText)) return;
    if (this.#headers.size >= MAXIMUM_HEADERS) this.#headers.clear();
    this.#headers.set(bytes.toString('latin1', 0, headerText.length), header);
  }

  /** What is checked on every request, after the token itself. */
  #admit(
    verified: VerifiedToken,
    mode: SessionMode,
    request: RequestFacts,
    requirements: Requirements | undefined,
  ): Principal | Promise<Principal> {
    const { principal, claims, key } = verified;
    if (principal.mode !== mode) throw ambiguous('The token came by a channel that it was not made for.');
    const waiting = this.#gate.check(claims, key.kid, requirements?.onStale);
    if (waiting === undefined) return this.#allow(verified, request, requirements);
    return waiting.then(() => this.#allow(verified, request, requirements));
  }

  #allow(
    { principal, csrf }: VerifiedToken,
    request: RequestFacts,
    requirements: Requirements | undefined,
  ): Principal {
    if (csrf !== undefined) checkCsrf(request, csrf, this.#settings.origins);
    if (requirements !== undefined) checkRoles(principal, requirements);
    return principal;
  }
}

/** Claims of a token whose signature was checked; refuses a token inside a token. */
export function parseJwtClaims(
  { header, payload }: CompactToken,
  expected: ClaimExpectations,
  now: number,
): AccessTokenClaims {
  // RFC 7519 section 5.2: "cty": "JWT" announces a nested token, which an access token never is.
  if (header.cty !== undefined && /^(?:application\/)?jwt$/i.test(header.cty)) {
    throw malformed('The token holds another token.');
  }
  return parseClaims(payload, expected, now);
}

/** The bytes of the claim, by themselves: a slice of the pool of buffers would keep all of that in memory. */
function decodeCsrf(claim: string): Uint8Array {
  const bytes = decodeBase64url(claim);
  // Its form was checked. Without it nothing would be compared.
  if (bytes === undefined) throw malformed('The claim "csrf" is not base64url.');
  return new Uint8Array(bytes);
}

/** Whatever a key source throws, there is no key to judge by. */
function unavailable(error: unknown): never {
  if (error instanceof VerificationError) throw error;
  throw new VerificationError('keys_unavailable', 'The keys could not be looked up.', {
    cause: error,
    retryAfter: 1,
  });
}

function checkRoles(principal: Principal, { roles, anyRole }: Requirements): void {
  const fits = (role: string): boolean => principal.roles.includes(role);
  if (roles?.every(fits) === false || anyRole?.some(fits) === false) {
    throw new VerificationError('role_missing', 'The route needs a role that the principal does not have.');
  }
}

function isPromise<Value>(value: Value | PromiseLike<Value> | undefined): value is PromiseLike<Value> {
  return typeof (value as PromiseLike<Value> | undefined)?.then === 'function';
}
