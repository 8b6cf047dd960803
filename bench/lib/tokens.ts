import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { ACCESS_TOKEN_TYPE, CLIENT_IDS, type AccessTokenClaims } from '@latchstring/protocol';

/** What a server knows of an issuer. */
export interface PublicIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwk: Readonly<Record<string, string>> & { readonly kty: string; readonly kid: string };
}

/** Issues ES256 access tokens of the usual size, and has the public key in every form that a library takes. */
export interface Issuer extends PublicIssuer {
  readonly publicKey: KeyObject;
  readonly pem: string;
  /** A token that nobody has seen. */
  issue(): string;
  /** Anything else as a JWS of a type. */
  sign(type: string, claims: object): string;
}

const KID = 'bench';

/** An issuer with a key of its own, whose tokens live for an hour. */
export function createIssuer(): Issuer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = 'https://auth.example.com';
  const audience = 'https://api.example.com';
  const signJws = (type: string, claims: object): string => {
    const signed = `${encode({ alg: 'ES256', typ: type, kid: KID })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
  const issue = (): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims: AccessTokenClaims = {
      iss: issuer,
      aud: audience,
      sub: randomUUID(),
      sid: randomUUID(),
      ver: 1,
      jti: randomUUID(),
      iat: now,
      exp: now + 3600,
      client_id: CLIENT_IDS.bearer,
      auth_time: now,
      amr: ['pwd'],
      roles: ['member'],
    };
    return signJws(ACCESS_TOKEN_TYPE, claims);
  };
  return {
    issuer,
    audience,
    publicKey,
    pem: publicKey.export({ type: 'spki', format: 'pem' }),
    jwk: {
      ...(publicKey.export({ format: 'jwk' }) as { kty: string }),
      kid: KID,
      alg: 'ES256',
      use: 'sig',
    },
    issue,
    sign: signJws,
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
