import { ACCESS_TOKEN_MAXIMUM_BYTES, ACCESS_TOKEN_TYPE, CLIENT_IDS } from '@latchstring/protocol';
import type { AccessTokenClaims } from '@latchstring/protocol';
import { csrfDigest } from '@latchstring/verifier';
import type { Signer } from '../ports/keys.ts';
import type { Session } from './session.ts';
import { ServiceError } from './errors.ts';

/** What all access tokens of an issuer share. */
export interface AccessTokenSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Milliseconds. */
  readonly lifetime: number;
  readonly algorithm: keyof typeof SIGNATURE_LENGTHS;
}

/** How long a signature is in a token: the base64url of 64, 64, 256 and 32 bytes. */
const SIGNATURE_LENGTHS = { ES256: 86, EdDSA: 86, RS256: 342, HS256: 43 } as const;

/** An access token and its end, in milliseconds since the Unix epoch and in whole seconds from now. */
export interface IssuedAccessToken {
  readonly token: string;
  readonly expiresAt: number;
  readonly expiresIn: number;
}

/** What an access token says, beyond what its session says. */
export interface AccessTokenFacts {
  readonly session: Pick<
    Session,
    'id' | 'userId' | 'version' | 'mode' | 'authenticatedAt' | 'methods' | 'expiresAt'
  >;
  readonly roles: readonly string[];
  /** The session's CSRF token, in cookie mode. */
  readonly csrf: string | undefined;
  readonly jti: string;
  /** Milliseconds, the database's clock in the statement that judged the session. */
  readonly now: number;
}

/** Signs an access token (RFC 9068). It never outlives its session's absolute end. */
export function issueAccessToken(
  facts: AccessTokenFacts,
  settings: AccessTokenSettings,
  signer: Signer,
): IssuedAccessToken {
  const claims = accessTokenClaims(facts, settings);
  const header = { alg: signer.algorithm, typ: ACCESS_TOKEN_TYPE, kid: signer.kid };
  const message = `${encode(header)}.${encode(claims)}`;
  return {
    token: `${message}.${signer.sign(message)}`,
    expiresAt: claims.exp * 1000,
    expiresIn: Math.max(0, claims.exp - claims.iat),
  };
}

function accessTokenClaims(
  { session, roles, csrf, jti, now }: AccessTokenFacts,
  settings: AccessTokenSettings,
): AccessTokenClaims {
  const iat = Math.floor(now / 1000);
  return {
    iss: settings.issuer,
    aud: settings.audience,
    sub: session.userId,
    sid: session.id,
    ver: session.version,
    jti,
    iat,
    exp: Math.min(Math.floor((now + settings.lifetime) / 1000), Math.floor(session.expiresAt / 1000)),
    client_id: CLIENT_IDS[session.mode],
    auth_time: Math.floor(session.authenticatedAt / 1000),
    amr: session.methods,
    roles,
    ...(csrf === undefined ? {} : { csrf: csrfDigest(csrf).toString('base64url') }),
  };
}

/**
 * Throws `request_invalid` for roles with which the largest access token of this issuer would be over its bound, so
 * that nobody finds out at login. Not checked: that roles which were assigned still fit after a change of the algorithm.
 */
export function requireRolesToFit(roles: readonly string[], settings: AccessTokenSettings): void {
  const uuid = '00000000-0000-7000-8000-000000000000';
  const moment = 99_999_999_999;
  const claims: AccessTokenClaims = {
    ...{ iss: settings.issuer, aud: settings.audience, sub: uuid, sid: uuid, ver: 2 ** 31, jti: uuid },
    ...{
      iat: moment,
      exp: moment,
      client_id: 'native',
      auth_time: moment,
      amr: ['pwd', 'otp', 'mfa'],
      roles,
    },
    csrf: 'x'.repeat(22),
  };
  const header = { alg: settings.algorithm, typ: ACCESS_TOKEN_TYPE, kid: 'x'.repeat(43) };
  const bytes = encode(header).length + encode(claims).length + SIGNATURE_LENGTHS[settings.algorithm] + 2;
  if (bytes > ACCESS_TOKEN_MAXIMUM_BYTES) {
    throw new ServiceError(
      'request_invalid',
      `With these roles an access token could have ${bytes} bytes; at most ${ACCESS_TOKEN_MAXIMUM_BYTES} are allowed. Use fewer or shorter roles.`,
    );
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
