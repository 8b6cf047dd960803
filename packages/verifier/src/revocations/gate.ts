import { formatPosition, type AccessTokenClaims } from '@latchstring/protocol';
import { VerificationError } from '../errors.ts';
import { ENDED, type RevocationEntries } from './entries.ts';
import { RevocationFeed } from './feed.ts';
import { formatRevocationMetrics } from './metrics.ts';
import type { RevocationSettings, StalePolicy } from './options.ts';
import type { Revocations, RevocationStatus } from './status.ts';

/** The checks of a verifier against what was revoked. None of them makes a call. */
export interface RevocationGate extends Revocations {
  /**
   * Refuses a key that was revoked, before it is looked for. Begins to follow the feed at the first call.
   *
   * @throws {VerificationError} `token_outdated`.
   */
  checkKey(kid: string | undefined): void;
  /**
   * Refuses verified claims that were revoked, and those that nobody can tell about. A promise only where a first snapshot is under way.
   *
   * @throws {VerificationError} `token_revoked`, `token_outdated`, `revocations_stale`.
   */
  check(
    claims: AccessTokenClaims,
    kid: string | undefined,
    onStale: StalePolicy | undefined,
  ): Promise<void> | undefined;
  close(): Promise<void>;
}

export function createRevocationGate(settings: RevocationSettings | undefined): RevocationGate {
  return settings === undefined ? OPEN_GATE : new FeedGate(settings);
}

/** How long a request waits for the first snapshot, in seconds. */
const FIRST_WAIT = 1;

/** What the answer of a closed route says to wait, in seconds. A feed that comes back is fresh within that. */
const RETRY_AFTER = 5;

class FeedGate implements RevocationGate {
  readonly #settings: RevocationSettings;
  readonly #feed: RevocationFeed;
  readonly #entries: RevocationEntries;
  #acceptedLate = 0;
  #acceptedStale = 0;
  #refusedStale = 0;

  constructor(settings: RevocationSettings) {
    this.#settings = settings;
    this.#feed = new RevocationFeed(settings);
    this.#entries = this.#feed.log.entries;
  }

  get status(): RevocationStatus {
    const { log, transport, counts } = this.#feed;
    const staleness = log.freshness.staleness();
    return {
      state: this.#state(staleness),
      staleness: staleness === Infinity ? undefined : staleness,
      position: log.position && formatPosition(log.position),
      entries: log.entries.size,
      transport,
      ...counts,
      acceptedLate: this.#acceptedLate,
      acceptedStale: this.#acceptedStale,
      refusedStale: this.#refusedStale,
    };
  }

  metrics(): string {
    return formatRevocationMetrics(this.status);
  }

  checkKey(kid: string | undefined): void {
    this.#feed.start();
    if (kid !== undefined && this.#entries.hasKey(kid))
      throw outdated('The key of the token was revoked. Refresh the token.');
  }

  check(
    claims: AccessTokenClaims,
    kid: string | undefined,
    onStale: StalePolicy | undefined,
  ): Promise<void> | undefined {
    this.#refuseRevoked(claims, kid);
    const staleness = this.#feed.log.freshness.staleness();
    if (staleness <= this.#feed.freshFor) return undefined;
    const beginning = staleness === Infinity ? this.#feed.beginning(FIRST_WAIT) : undefined;
    if (beginning === undefined) {
      this.#judge(staleness, onStale);
      return undefined;
    }
    return beginning.then(() => {
      this.#refuseRevoked(claims, kid);
      this.#judge(this.#feed.log.freshness.staleness(), onStale);
    });
  }

  close(): Promise<void> {
    return this.#feed.close();
  }

  #refuseRevoked({ sid, ver, jti }: AccessTokenClaims, kid: string | undefined): void {
    // The key once more: it may have been revoked while it was looked for.
    this.checkKey(kid);
    const below = this.#entries.below(sid);
    if (below === ENDED) throw new VerificationError('token_revoked', 'The session was ended.');
    if (ver < below) throw outdated('The rights of the session have changed. Refresh the token.');
    if (this.#entries.hasToken(jti)) throw outdated('The token was revoked. Refresh the token.');
  }

  #judge(staleness: number, onStale: StalePolicy | undefined): void {
    if (staleness <= this.#feed.freshFor) return;
    if (staleness <= this.#settings.maxStaleness) this.#acceptedLate++;
    else if ((onStale ?? this.#settings.onStale) === 'open') this.#acceptedStale++;
    else {
      this.#refusedStale++;
      throw new VerificationError('revocations_stale', 'What was revoked is not known at present.', {
        retryAfter: staleness === Infinity ? FIRST_WAIT : RETRY_AFTER,
      });
    }
  }

  #state(staleness: number): RevocationStatus['state'] {
    if (this.#feed.isClosed) return 'closed';
    if (staleness === Infinity && this.#feed.log.position === undefined) return 'starting';
    if (staleness <= this.#feed.freshFor) return 'fresh';
    return staleness <= this.#settings.maxStaleness ? 'late' : 'stale';
  }
}

function outdated(detail: string): VerificationError {
  return new VerificationError('token_outdated', detail);
}

const NOT_FOLLOWED: RevocationStatus = Object.freeze({
  state: 'none',
  staleness: undefined,
  position: undefined,
  entries: 0,
  transport: 'stream',
  reconnects: 0,
  gaps: 0,
  rejected: 0,
  acceptedLate: 0,
  acceptedStale: 0,
  refusedStale: 0,
});

/** Where the feed is not followed. */
const OPEN_GATE: RevocationGate = {
  status: NOT_FOLLOWED,
  metrics: () => formatRevocationMetrics(NOT_FOLLOWED),
  checkKey: () => undefined,
  check: () => undefined,
  close: () => Promise.resolve(),
};
