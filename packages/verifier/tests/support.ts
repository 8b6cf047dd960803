import { constants, createHmac, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { ACCESS_TOKEN_TYPE, cookieNames } from '@latchstring/protocol';
import {
  createVerifier,
  csrfDigest,
  staticKeys,
  VerificationError,
  verifyJws,
  type AsymmetricAlgorithm,
  type RequestFacts,
  type Verifier,
  type VerifierOptions,
} from '../src/index.ts';

export const ISSUER = 'https://auth.example.com';
export const AUDIENCE = 'https://api.example.com';
export const APP = 'https://app.example.com';
export const NOW = 1_800_000_000;
export const CSRF_TOKEN: string = 'C'.repeat(43);
export const COOKIE: string = cookieNames({ issuer: ISSUER }).access;

export type Json = Readonly<Record<string, unknown>>;

export interface TestKey {
  readonly kid: string;
  readonly alg: string;
  readonly jwk: Json;
  readonly publicKey: KeyObject;
  sign(data: Buffer): Buffer;
}

const pss = (saltLength: number): { padding: number; saltLength: number } => ({
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength,
});

function generate(alg: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519');
  if (!alg.startsWith('ES')) return generateKeyPairSync('rsa', { modulusLength: 2048 });
  const namedCurve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg] ?? 'P-256';
  return generateKeyPairSync('ec', { namedCurve });
}

/** A fresh key for one algorithm. */
export function testKey(alg = 'ES256', kid = `key-${alg}`): TestKey {
  const { publicKey, privateKey } = generate(alg);
  const size = Number(alg.slice(2));
  const digest = alg === 'EdDSA' ? null : `sha${String(size)}`;
  const extra = alg.startsWith('ES') ? { dsaEncoding: 'ieee-p1363' as const } : {};
  const padding = alg.startsWith('PS') ? pss(size / 8) : {};
  return {
    kid,
    alg,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
    publicKey,
    sign: (data) => sign(digest, data, { key: privateKey, ...extra, ...padding }),
  };
}

export const KEY: TestKey = testKey();

export function base64url(value: string | Uint8Array): string {
  return Buffer.from(value).toString('base64url');
}

/** A compact JWS over the very texts that are given. */
export function compact(
  header: string | Uint8Array,
  payload: string | Uint8Array,
  signer: (data: Buffer) => Buffer,
): string {
  const signed = `${base64url(header)}.${base64url(payload)}`;
  return `${signed}.${base64url(signer(Buffer.from(signed)))}`;
}

export function claims(changes: Json = {}): Json {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: '018f6d2a-0000-7000-8000-000000000001',
    sid: '018f6d2a-0000-7000-8000-000000000002',
    ver: 1,
    jti: randomUUID(),
    iat: NOW - 10,
    exp: NOW + 890,
    client_id: 'native',
    auth_time: NOW - 10,
    amr: ['pwd'],
    roles: ['user'],
    ...changes,
  };
}

export const COOKIE_CLAIMS: Json = { client_id: 'web', csrf: csrfDigest(CSRF_TOKEN).toString('base64url') };

/** Without the members that are undefined. */
export function token(changes: Json = {}, header: Json = {}, key: TestKey = KEY): string {
  const fullHeader = { alg: key.alg, kid: key.kid, typ: ACCESS_TOKEN_TYPE, ...header };
  return compact(JSON.stringify(fullHeader), JSON.stringify(claims(changes)), (data) => key.sign(data));
}

/** A properly signed token whose payload is the very text. */
export function tokenOf(payload: string | Uint8Array, header: Json = {}): string {
  return compact(
    JSON.stringify({ alg: KEY.alg, kid: KEY.kid, typ: ACCESS_TOKEN_TYPE, ...header }),
    payload,
    (data) => KEY.sign(data),
  );
}

/** A properly signed token whose header is the very text. */
export function tokenUnder(header: string | Uint8Array, payload: string = JSON.stringify(claims())): string {
  return compact(header, payload, (data) => KEY.sign(data));
}

export function hmac(secret: string | Uint8Array | KeyObject, bits = 256): (data: Buffer) => Buffer {
  return (data) =>
    createHmac(`sha${String(bits)}`, secret)
      .update(data)
      .digest();
}

export function verifierOf(
  options: Partial<VerifierOptions> = {},
  keys: readonly Json[] = [KEY.jwk],
): Verifier {
  return createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    origins: [APP],
    now: () => NOW,
    ...(options.secret === undefined && { keys: staticKeys({ keys }) }),
    ...options,
  });
}

/** The code with which something is refused, or "accept". */
export async function verdict(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return 'accept';
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
}

/** What a verifier of the usual settings says about a token. */
export async function judge(text: string, verifier: Verifier = verifierOf()): Promise<string> {
  return verdict(() => verifier.verifyToken(text));
}

export function request(
  headers: Readonly<Record<string, string | readonly string[]>> = {},
  method = 'GET',
): RequestFacts {
  return { method, header: (name) => headers[name] };
}

export const ALL: readonly AsymmetricAlgorithm[] = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
];

export function setOf(...keys: readonly Json[]): { readonly keys: readonly Json[] } {
  return { keys };
}

/** What the layer below the claims says, with every algorithm allowed. */
export async function judgeJws(text: string, ...keys: readonly Json[]): Promise<string> {
  const algorithms = [...ALL, 'HS256', 'HS384', 'HS512'] as const;
  return verdict(() => verifyJws(text, { keys }, { algorithms }));
}
