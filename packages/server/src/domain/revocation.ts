import type { RevocationEntry, RevocationPosition } from '@latchstring/protocol';

export type { RevocationEntry, RevocationPosition } from '@latchstring/protocol';

/** The entries that one transaction appended, at their place in the log. */
export interface RevocationRecord {
  /** Changes when the database is restored. */
  readonly epoch: string;
  /** One more for every transaction that revoked something, in the order of their commits, without gaps. */
  readonly seq: number;
  /** Milliseconds since the Unix epoch by the database's clock. */
  readonly createdAt: number;
  readonly entries: readonly RevocationEntry[];
}

/** The log as it is read, at one moment. */
export interface RevocationReading {
  /** Milliseconds since the Unix epoch by the database's clock: all that was committed before it is in the log. */
  readonly now: number;
  /** How long an entry matters, in milliseconds. */
  readonly retention: number;
  /** The end of the log. */
  readonly position: RevocationPosition;
  /** Oldest first. */
  readonly records: readonly RevocationRecord[];
}

/** How long entries outlive the longest-lived access token that they can concern, in milliseconds. */
export const REVOCATION_MARGIN = 120_000;
