import { JWKS_MAX_AGE } from '@latchstring/protocol';
import { readBounded } from './bounded.ts';
import { KeySetError, VerificationError } from './errors.ts';
import { parseStrictJson } from './json.ts';
import { parseKeySet, type KeyQuery, type KeySet, type KeySource, type VerificationKey } from './keys.ts';
import { requireSecureUrl } from './secure-url.ts';

/** The part of the Fetch standard that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How remote keys are loaded and kept. All times in seconds. */
export interface RemoteKeysOptions {
  /** Where the key set is: https, or http on localhost. */
  readonly url: string;
  readonly fetch?: Fetch | undefined;
  /** Any clock that never goes back. Default: the time since the process has started. */
  readonly now?: (() => number) | undefined;
  /** The least time between two loads while there is a good set, whatever tokens ask for. Default 30. */
  readonly cooldown?: number | undefined;
  /** How long one load may take. Default 5. */
  readonly timeout?: number | undefined;
  /** How long a set serves before a request waits for a new one; at half of it one is loaded in the background. Default 300. */
  readonly maxAge?: number | undefined;
  /** How long the last good set serves while loading fails. At most, and by default, 24 hours. */
  readonly maxStale?: number | undefined;
  /** The largest answer. Default 128 KiB. */
  readonly maxBytes?: number | undefined;
  /** Told of the first failure of each series. Default: a process warning. */
  readonly onFailure?: ((error: KeySetError) => void) | undefined;
}

const DAY = 24 * 60 * 60;

/** The least time in seconds between two loads that the revocation feed asks for. */
const RELOAD_COOLDOWN = 1;

/**
 * Keys from a JSON Web Key Set behind a URL. Nothing is loaded before the first token asks.
 *
 * One load at a time; redirects are refused; an answer that is not a good key set changes nothing, and the last good set
 * serves for up to `maxStale`. An unknown `kid` causes a load at most once per `cooldown`.
 *
 * Not checked: who answers beyond TLS. No token has any part in choosing the URL.
 *
 * @throws {TypeError} for options that cannot work.
 */
export function remoteKeys(options: RemoteKeysOptions): KeySource {
  requireSecureUrl(options.url, 'keys');
  const maxStale = options.maxStale ?? DAY;
  if (!(maxStale >= 0 && maxStale <= DAY)) throw new TypeError('maxStale must be 0 to 86400 seconds.');
  for (const name of ['cooldown', 'timeout', 'maxAge', 'maxBytes'] as const) {
    const value = options[name];
    if (value !== undefined && !(value > 0)) throw new TypeError(`${name} must be a number above 0.`);
  }
  return new RemoteKeys(options);
}

class RemoteKeys implements KeySource {
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #now: () => number;
  readonly #cooldown: number;
  readonly #timeout: number;
  readonly #maxAge: number;
  readonly #maxStale: number;
  readonly #maxBytes: number;
  readonly #onFailure: (error: KeySetError) => void;

  #set: KeySet | undefined;
  #loadedAt = -Infinity;
  #attemptedAt = -Infinity;
  /** How many loads in a row have failed. */
  #failures = 0;
  #underWay: Promise<void> | undefined;

  constructor(options: RemoteKeysOptions) {
    this.#url = options.url;
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
    this.#now = options.now ?? ((): number => performance.now() / 1000);
    this.#cooldown = options.cooldown ?? 30;
    this.#timeout = options.timeout ?? 5;
    this.#maxAge = options.maxAge ?? JWKS_MAX_AGE;
    this.#maxStale = options.maxStale ?? DAY;
    this.#maxBytes = options.maxBytes ?? 128 * 1024;
    this.#onFailure = options.onFailure ?? warn;
  }

  holds(key: VerificationKey): boolean {
    return this.#serving()?.holds(key) === true;
  }

  find(query: KeyQuery): VerificationKey | undefined | Promise<VerificationKey | undefined> {
    const key = this.#serving()?.find(query);
    if (key !== undefined) return key;
    if (this.#underWay === undefined && !this.#mayLoad()) return this.#judge(query);
    return this.#load().then(() => this.#judge(query));
  }

  reload(): Promise<void> {
    // Tokens gain nothing by it: a load, whoever asked for it, begins their cool-down anew.
    if (this.#underWay === undefined && this.#now() < this.#attemptedAt + RELOAD_COOLDOWN)
      return Promise.resolve();
    return this.#load();
  }

  /** The set if it serves at this moment without waiting. */
  #serving(): KeySet | undefined {
    const age = this.#now() - this.#loadedAt;
    if (age < this.#maxAge / 2) return this.#set;
    if (this.#mayLoad()) void this.#load();
    if (age < this.#maxAge) return this.#set;
    // Too old to serve unasked. After a failure it serves until the next attempt, so that not every request waits for one.
    return this.#failures > 0 && !this.#mayLoad() ? this.#lastGood() : undefined;
  }

  #lastGood(): KeySet | undefined {
    return this.#now() - this.#loadedAt < Math.max(this.#maxStale, this.#maxAge) ? this.#set : undefined;
  }

  #mayLoad(): boolean {
    return this.#underWay === undefined && this.#now() >= this.#nextAttempt();
  }

  #nextAttempt(): number {
    // Without any set the waits grow from one second, so that a backend that starts before its issuer is ready soon after it.
    const first = this.#lastGood() === undefined && this.#failures > 0 ? 2 ** (this.#failures - 1) : Infinity;
    return this.#attemptedAt + Math.min(first, this.#cooldown);
  }

  /** What there is to say with the keys at hand, after a load or when none may be made. */
  #judge(query: KeyQuery): VerificationKey | undefined {
    const key = this.#lastGood()?.find(query);
    // While loading fails an unknown key may be a new one: that is no reason to call the token untrusted.
    if (key === undefined && this.#failures > 0) {
      const wait = Math.max(1, Math.ceil(this.#nextAttempt() - this.#now()));
      throw new VerificationError('keys_unavailable', 'The keys of the issuer could not be loaded.', {
        retryAfter: wait,
      });
    }
    return key;
  }

  /** Never rejects: what went wrong is remembered, and judged by whoever waited. */
  #load(): Promise<void> {
    this.#underWay ??= this.#attempt().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async #attempt(): Promise<void> {
    this.#attemptedAt = this.#now();
    try {
      this.#set = await this.#request();
      this.#loadedAt = this.#now();
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      if (this.#failures === 1) this.#onFailure(toKeySetError(error));
    }
  }

  async #request(): Promise<KeySet> {
    const response = await this.#fetch(this.#url, {
      // A redirect could lead to a host that nobody configured.
      redirect: 'error',
      credentials: 'omit',
      headers: { accept: 'application/jwk-set+json, application/json' },
      signal: AbortSignal.timeout(this.#timeout * 1000),
    });
    const type = response.headers.get('content-type') ?? '';
    if (response.status !== 200 || !/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
      await response.body?.cancel();
      throw new KeySetError('not_a_key_set', 'The answer of the issuer is not JSON with status 200.');
    }
    const set = parseKeySet(parseStrictJson(await readBounded(response, this.#maxBytes, tooLarge)));
    if (set.size === 0)
      throw new KeySetError('no_usable_key', 'The key set of the issuer has no key that can be used.');
    return set;
  }
}

function tooLarge(): KeySetError {
  return new KeySetError('not_a_key_set', 'The answer of the issuer is too large.');
}

function toKeySetError(error: unknown): KeySetError {
  if (error instanceof KeySetError) return error;
  return new KeySetError('unreachable', 'The key set of the issuer could not be loaded.', { cause: error });
}

function warn(error: KeySetError): void {
  process.emitWarning(`${error.message} The last good one serves for up to a day, if there is one.`, {
    code: 'LATCHSTRING_KEYS_UNAVAILABLE',
  });
}
