import { ROUTES } from '@latchstring/protocol';
import type { RevocationFeedError } from '../errors.ts';
import type { KeySource } from '../keys.ts';
import type { Fetch } from '../remote.ts';
import { requireSecureUrl } from '../secure-url.ts';
import { systemClock, type FeedClock } from './clock.ts';
import { quietFetch } from './quiet-fetch.ts';

/**
 * What happens to requests while the feed is more than `maxStaleness` behind: `closed` refuses them (503), `open` lets them pass until
 * their token expires.
 */
export type StalePolicy = 'closed' | 'open';

/** How the revocation feed is followed. All times in seconds. */
export interface RevocationOptions {
  /** Where the feed is: https, or http on localhost. Default: the issuer's. */
  readonly url?: string | undefined;
  /** How far behind the feed may be before `onStale` decides: 3 to 900. Default 30. */
  readonly maxStaleness?: number | undefined;
  /** For routes that do not say it themselves. Default `closed`. */
  readonly onStale?: StalePolicy | undefined;
  /** The most bytes of an event; a snapshot has about 85 an entry. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** Asks the issuer. Default: the verifier's `fetch`, or else one whose sockets keep no process alive. */
  readonly fetch?: Fetch | undefined;
  /** Told of the first failure of each series. Default: a process warning. */
  readonly onFailure?: ((error: RevocationFeedError) => void) | undefined;
  /** Monotonic time and timers. */
  readonly clock?: FeedClock | undefined;
  /** A number from 0 to below 1, for jitter. */
  readonly random?: (() => number) | undefined;
}

/** The options, checked and filled in. */
export interface RevocationSettings extends Required<{
  readonly [Name in Exclude<keyof RevocationOptions, 'url'>]: NonNullable<RevocationOptions[Name]>;
}> {
  readonly url: string;
  readonly issuer: string;
  readonly algorithms: ReadonlySet<string>;
  /** The keys that sign the feed. */
  readonly keys: KeySource;
  /** Seconds since the Unix epoch. */
  readonly now: () => number;
}

/** What the verifier's own options say. */
export type RevocationContext = Pick<RevocationSettings, 'issuer' | 'algorithms' | 'keys' | 'now'> & {
  readonly fetch: Fetch | undefined;
};

const NAMES: readonly string[] = [
  'url',
  'maxStaleness',
  'onStale',
  'maxBytes',
  'fetch',
  'onFailure',
  'clock',
  'random',
] satisfies (keyof RevocationOptions)[];

/**
 * Checks the option `revocations`; undefined where it is `none`. Left out, the feed is followed where the keys are loaded from the
 * issuer too.
 *
 * @throws {TypeError} with a sentence that says how to mend it.
 */
export function readRevocationOptions(
  context: RevocationContext,
  chosen: 'feed' | 'none' | RevocationOptions = context.keys.reload === undefined ? 'none' : 'feed',
): RevocationSettings | undefined {
  if (chosen === 'none') return undefined;
  const options = chosen === 'feed' ? {} : chosen;
  if (typeof options !== 'object' || (options as unknown) === null)
    throw new TypeError('The option revocations is "feed", "none" or an object.');
  checkOptions(options);
  return {
    issuer: context.issuer,
    algorithms: context.algorithms,
    keys: context.keys,
    now: context.now,
    url: options.url ?? context.issuer + ROUTES.revocations,
    maxStaleness: options.maxStaleness ?? 30,
    onStale: options.onStale ?? 'closed',
    maxBytes: options.maxBytes ?? 64 * 1024 * 1024,
    fetch: options.fetch ?? context.fetch ?? quietFetch,
    onFailure: options.onFailure ?? warn,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

function checkOptions({
  url,
  maxStaleness = 30,
  onStale = 'closed',
  maxBytes = 1,
  ...rest
}: RevocationOptions): void {
  const unknown = Object.keys(rest).find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`There is no option revocations.${unknown}. There are: ${NAMES.join(', ')}.`);
  if (url !== undefined) requireSecureUrl(url, 'revocation feed');
  if (typeof maxStaleness !== 'number' || !(maxStaleness >= 3 && maxStaleness <= 900))
    throw new TypeError('The option revocations.maxStaleness must be 3 to 900 seconds.');
  if (!isStalePolicy(onStale)) throw new TypeError('The option revocations.onStale is "closed" or "open".');
  if (!(maxBytes > 0)) throw new TypeError('The option revocations.maxBytes must be a number above 0.');
}

function isStalePolicy(value: string): value is StalePolicy {
  return value === 'closed' || value === 'open';
}

function warn(error: RevocationFeedError): void {
  process.emitWarning(`${error.message} Routes close when this lasts, unless they chose to stay open.`, {
    code: 'LATCHSTRING_REVOCATIONS_UNAVAILABLE',
  });
}
