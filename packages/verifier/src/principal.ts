import type { AccessTokenClaims, SessionMode } from '@latchstring/protocol';

/** Who makes a request. Frozen, and shared by all requests with the same token. */
export interface Principal {
  /** The user's id: the claim `sub`. */
  readonly subject: string;
  /** The session's id: the claim `sid`. */
  readonly sessionId: string;
  readonly roles: readonly string[];
  /** How the token travelled. */
  readonly mode: SessionMode;
  /** All claims of the token, the unknown ones too. */
  readonly claims: AccessTokenClaims;
  hasRole(role: string): boolean;
}

/** The principal of verified claims. */
export function principalOfClaims(claims: AccessTokenClaims): Principal {
  return Object.freeze<Principal>({
    subject: claims.sub,
    sessionId: claims.sid,
    roles: claims.roles,
    mode: claims.csrf === undefined ? 'bearer' : 'cookie',
    claims,
    hasRole: (role) => claims.roles.includes(role),
  });
}
