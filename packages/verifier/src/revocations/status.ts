/** How the feed is doing, for metrics and health checks. A copy: it does not change. */
export interface RevocationStatus {
  /**
   * `none`: not followed, by the options. `starting`: no snapshot yet. `fresh`: as prompt as promised. `late`: behind, tokens are
   * accepted and counted. `stale`: further behind than `maxStaleness`, each route's policy decides. `closed`: the verifier was closed.
   */
  readonly state: 'none' | 'starting' | 'fresh' | 'late' | 'stale' | 'closed';
  /** Seconds since what is revoked was known to be complete; undefined if it never was. */
  readonly staleness: number | undefined;
  /** The place in the issuer's log, EPOCH.SEQ. */
  readonly position: string | undefined;
  /** What is held in memory. One that came twice may count twice. */
  readonly entries: number;
  /** How events come: at once over a stream, or by long polls where a proxy holds streams back. */
  readonly transport: 'stream' | 'poll';
  /** All that follows counts up from the start. Connections after the first. */
  readonly reconnects: number;
  /** Events that did not follow on what was known: a snapshot was loaded. */
  readonly gaps: number;
  /** Events that were not the issuer's, or not well formed. */
  readonly rejected: number;
  /** Requests that passed while the feed was late. */
  readonly acceptedLate: number;
  /** Requests that passed while it was stale, by the policy `open`. */
  readonly acceptedStale: number;
  /** Requests that were refused as `revocations_stale`. */
  readonly refusedStale: number;
}

/** What a verifier shows of its revocation feed. */
export interface Revocations {
  readonly status: RevocationStatus;
  /** The status in Prometheus's text format, to be appended to what `/metrics` of the application answers. Names nobody. */
  metrics(): string;
}
