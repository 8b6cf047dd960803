/** An entry of the revocation log: what every backend must refuse from now on. No entry compares times. */
export type RevocationEntry =
  /** Tokens of a session with `ver` below this; without `below`, all of them. */
  | { readonly kind: 'session'; readonly id: string; readonly below?: number }
  /** One access token. */
  | { readonly kind: 'token'; readonly jti: string }
  /** Everything that a signing key has signed. */
  | { readonly kind: 'key'; readonly kid: string };

/** The `typ` header of an event of the revocation feed. */
export const REVOCATIONS_TYPE = 'revocations+jwt';

/** The media type of an event by itself: a JWS in compact form. */
export const JWT_MEDIA_TYPE = 'application/jwt';

/** How often the feed says that it is alive, in seconds. */
export const HEARTBEAT_INTERVAL = 1;

/** How long a long poll may wait, in seconds. */
export const LONG_POLL_MAXIMUM = 30;

/**
 * The claims of an event of the revocation feed.
 *
 * An event is one transaction of the log: it follows on the event whose `seq` is its `after`. One without entries is a
 * heartbeat, with `seq` and `after` alike. A snapshot holds all entries that still matter, and follows on nothing.
 */
export interface RevocationEvent {
  readonly iss: string;
  /** Another one means that the database was restored: load a snapshot. */
  readonly epoch: string;
  readonly seq: number;
  readonly after: number;
  /** Seconds since the Unix epoch, with decimals, by the issuer's database. Rises with every event of a stream. */
  readonly time: number;
  /** How long an entry matters from its event on, in seconds. Entries of kind `key` matter for ever. */
  readonly retention: number;
  readonly snapshot?: true;
  readonly entries: readonly RevocationEntry[];
}

/** A place in the log. */
export interface RevocationPosition {
  readonly epoch: string;
  readonly seq: number;
}

/** A position as it is written in `Last-Event-ID` and in `?after=`. */
export function formatPosition({ epoch, seq }: RevocationPosition): string {
  return `${epoch}.${seq}`;
}

/** Reads a position; undefined for anything else. */
export function parsePosition(text: string): RevocationPosition | undefined {
  const [, epoch, seq] = /^([A-Za-z0-9_-]{1,64})\.(\d{1,15})$/.exec(text) ?? [];
  return epoch === undefined || seq === undefined ? undefined : { epoch, seq: Number(seq) };
}
