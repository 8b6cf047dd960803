/** The `typ` header of an access token (RFC 9068 section 2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** The `client_id` claim of the two kinds of first-party login. */
export const CLIENT_IDS = { cookie: 'web', bearer: 'native' } as const;

/** How a session's tokens travel. Fixed at login for the life of the session. */
export type SessionMode = keyof typeof CLIENT_IDS;

/** The most bytes that an access token of Latchstring's own may have. */
export const ACCESS_TOKEN_MAXIMUM_BYTES = 1024;

/** How long a verifier may keep the key set of `/.well-known/jwks.json`, in seconds. */
export const JWKS_MAX_AGE = 300;

/**
 * The claims of an access token (RFC 9068 section 2.2). Times are whole seconds since the Unix epoch.
 *
 * Nothing in here is personal or secret: a token is readable by whoever holds it.
 */
export interface AccessTokenClaims {
  /** The issuer's origin, without a path. */
  readonly iss: string;
  readonly aud: string | readonly string[];
  /** The user's id. */
  readonly sub: string;
  /** The session's id. */
  readonly sid: string;
  /** The session's version: raised by every change of its rights. */
  readonly ver: number;
  /** The token's own id. */
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly nbf?: number;
  readonly client_id: string;
  /** When the person last proved who they are. */
  readonly auth_time: number;
  /** How they proved it (RFC 8176). */
  readonly amr: readonly string[];
  /** Ids of roles. */
  readonly roles: readonly string[];
  /** Cookie mode only: the first 128 bits of the SHA-256 of the session's CSRF token, base64url. */
  readonly csrf?: string;
}
