/** An entry of the revocation log: what every backend must refuse from now on. */
export type RevocationEntry =
  /** Tokens of a session with `ver` below this; without `below`, all of them. */
  | { readonly kind: 'session'; readonly id: string; readonly below?: number }
  /** One access token. */
  | { readonly kind: 'token'; readonly jti: string }
  /** Everything that a signing key has signed. */
  | { readonly kind: 'key'; readonly kid: string };

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

/** How long entries outlive the longest-lived access token that they can concern, in milliseconds. */
export const REVOCATION_MARGIN = 120_000;
