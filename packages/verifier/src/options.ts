import { ROUTES, isLocalhostOrigin } from '@latchstring/protocol';
import { ASYMMETRIC_ALGORITHMS, DEFAULT_ALGORITHMS, type AsymmetricAlgorithm } from './algorithms.ts';
import type { CacheBounds } from './cache.ts';
import { checkTolerance, type ClaimExpectations } from './claims.ts';
import { IssuedClaims } from './issued-claims.ts';
import { secretKeySource, type KeySource } from './keys.ts';
import { remoteKeys, type Fetch } from './remote.ts';
import { feedSecretSource } from './revocations/feed-secret.ts';
import {
  readRevocationOptions,
  type RevocationOptions,
  type RevocationSettings,
} from './revocations/options.ts';
import { parseSecret } from './secrets.ts';

/** What a verifier is made from. */
export interface VerifierOptions {
  /** The issuer's origin, without a path: https, or http on localhost. */
  readonly issuer: string;
  /** The audience that this service is: a member of `aud` must be equal to it. */
  readonly audience: string;
  /** The algorithms that are accepted. Default ES256, RS256, EdDSA. Not with `secret`. */
  readonly algorithms?: readonly AsymmetricAlgorithm[] | undefined;
  /** A shared secret of 32 random bytes or more: accepts HS256 and nothing else. Whoever has it can forge. */
  readonly secret?: string | Uint8Array | undefined;
  /** The origins of the pages that may make unsafe requests with cookies. The issuer's own is always among them. */
  readonly origins?: readonly string[] | undefined;
  /** The domain of the cookies, where the issuer sets them for sibling hosts. As in the server's settings. */
  readonly cookieDomain?: string | undefined;
  /** Where the keys come from. Default: the issuer's JWKS, loaded at the first token. Not with `secret`. */
  readonly keys?: KeySource | undefined;
  /** Seconds by which the clocks may differ: 0 to 60. Default 30. */
  readonly clockTolerance?: number | undefined;
  /** The most verified tokens that are remembered, of which the last half is sure. Default 10,000; none below 2. */
  readonly cacheEntries?: number | undefined;
  /** The most memory in bytes, by estimate, for verified tokens. Default 32 MiB. */
  readonly cacheBytes?: number | undefined;
  /** The time in seconds since the Unix epoch. */
  readonly now?: (() => number) | undefined;
  /** Loads the JWKS, where `keys` and `secret` are left out, and the revocation feed. */
  readonly fetch?: Fetch | undefined;
  /**
   * Whether, and how, the issuer's revocation feed is followed, so that ended sessions are refused within a second. Default: `feed`
   * where the keys are loaded from a URL, `none` where `keys` or `secret` are handed in.
   */
  readonly revocations?: 'feed' | 'none' | RevocationOptions | undefined;
}

/** The options, checked and filled in. */
export interface VerifierSettings extends ClaimExpectations {
  readonly algorithms: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  readonly cookieDomain: string | undefined;
  readonly keys: KeySource;
  readonly cache: CacheBounds;
  readonly now: () => number;
  /** Undefined where the feed is not followed. */
  readonly revocations: RevocationSettings | undefined;
}

const NAMES: readonly string[] = [
  'issuer',
  'audience',
  'algorithms',
  'secret',
  'origins',
  'cookieDomain',
  'keys',
  'clockTolerance',
  'cacheEntries',
  'cacheBytes',
  'now',
  'fetch',
  'revocations',
] satisfies (keyof VerifierOptions)[];

/**
 * Checks the options of a verifier.
 *
 * @throws {TypeError} with a sentence that says how to mend it.
 */
export function readOptions(options: VerifierOptions): VerifierSettings {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`There is no option "${unknown}". There are: ${NAMES.join(', ')}.`);
  const issuer = checkOrigin(options.issuer, 'issuer');
  const now = options.now ?? ((): number => Date.now() / 1000);
  const tolerance = options.clockTolerance ?? 30;
  checkTolerance(tolerance);
  if (typeof options.audience !== 'string' || options.audience === '') {
    throw new TypeError(
      'The option audience must be the name of this service, as the issuer writes it into "aud".',
    );
  }
  const trust = readTrust(options, issuer);
  return {
    issuer,
    audience: options.audience,
    issued: new IssuedClaims(issuer, options.audience),
    algorithms: trust.algorithms,
    keys: trust.keys,
    origins: new Set([issuer, ...(options.origins ?? []).map((origin) => checkOrigin(origin, 'origins'))]),
    cookieDomain: checkCookieDomain(options.cookieDomain, issuer),
    tolerance,
    cache: {
      entries: checkSize(options.cacheEntries ?? 10_000, 'cacheEntries'),
      bytes: checkSize(options.cacheBytes ?? 32 * 1024 * 1024, 'cacheBytes'),
    },
    now,
    revocations: readRevocationOptions(
      { issuer, algorithms: trust.algorithms, keys: trust.feedKeys, fetch: options.fetch, now },
      options.revocations,
    ),
  };
}

interface Trust extends Pick<VerifierSettings, 'algorithms' | 'keys'> {
  /** The keys that sign the revocation feed. */
  readonly feedKeys: KeySource;
}

function readTrust({ secret, algorithms, keys, fetch, now }: VerifierOptions, issuer: string): Trust {
  if (secret !== undefined) {
    // RFC 8725 section 3.1: a verifier either shares a secret or knows public keys, so neither can pass for the other.
    if (algorithms !== undefined || keys !== undefined) {
      throw new TypeError(
        'The option secret means HS256 alone: leave out algorithms and keys, or leave out secret.',
      );
    }
    const bytes = parseSecret(secret);
    return {
      algorithms: new Set(['HS256']),
      keys: secretKeySource(bytes),
      feedKeys: feedSecretSource(bytes),
    };
  }
  if (keys !== undefined && (typeof keys.find !== 'function' || typeof keys.holds !== 'function')) {
    throw new TypeError(
      'The option keys must be a key source: staticKeys(jwks), remoteKeys({ url }) or your own.',
    );
  }
  if (algorithms?.length === 0)
    throw new TypeError('The option algorithms is empty, so no token could pass: leave it out.');
  const source = keys ?? remoteKeys({ url: issuer + ROUTES.jwks, fetch, now });
  return {
    algorithms: new Set((algorithms ?? DEFAULT_ALGORITHMS).map(checkAlgorithm)),
    keys: source,
    feedKeys: source,
  };
}

function checkAlgorithm(name: AsymmetricAlgorithm): AsymmetricAlgorithm {
  if (ASYMMETRIC_ALGORITHMS.includes(name)) return name;
  throw new TypeError(
    `The option algorithms takes ${ASYMMETRIC_ALGORITHMS.join(', ')}; for HS256 give a secret instead.`,
  );
}

function checkOrigin(origin: string, name: string): string {
  const url = typeof origin === 'string' ? URL.parse(origin) : null;
  if (
    url?.origin !== origin ||
    origin.includes('*') ||
    (url.protocol !== 'https:' && !isLocalhostOrigin(origin))
  ) {
    throw new TypeError(
      `The option ${name} takes origins such as "https://app.example.com": https (http on localhost alone), lower case, no path, no slash at the end, no wildcard.`,
    );
  }
  return origin;
}

function checkCookieDomain(domain: string | undefined, issuer: string): string | undefined {
  if (domain === undefined) return undefined;
  const host = new URL(issuer).hostname;
  if (/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(domain) && (host === domain || host.endsWith(`.${domain}`)))
    return domain;
  throw new TypeError(
    'The option cookieDomain must be a domain that the issuer is in, such as "example.com", without a dot before it.',
  );
}

function checkSize(size: number, name: string): number {
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw new TypeError(`The option ${name} must be a whole number, 0 or more.`);
}
