import { publicKey, testKey, type Jwk } from './material.ts';
import { SIGNERS } from './signers.ts';

/** One line of a vector file (see README.md). */
interface Vector {
  readonly id: string;
  readonly layer: 'jws' | 'jwt';
  readonly token: string;
  readonly jwks: unknown;
  readonly options: Readonly<Record<string, unknown>>;
  readonly expect: string;
}

/** A vector, and the attacks that it shows (their numbers in docs/security/attacks.md). */
export interface Entry extends Vector {
  readonly attacks: readonly number[];
}

/** What signs: takes the signing input, gives the signature. */
export type Signer = (input: string) => Uint8Array;

/** The moment at which the vectors of layer `jwt` are judged. */
export const NOW = 1_800_000_000;
export const ISSUER = 'https://auth.example.com';
export const AUDIENCE = 'https://api.example.com';

/** The claims of an access token in bearer mode, issued a minute ago. */
export const CLAIMS: Readonly<Record<string, unknown>> = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: '01985f3e-0000-7000-8000-000000000001',
  sid: '01985f3e-0000-7000-8000-000000000002',
  ver: 1,
  jti: '01985f3e-0000-7000-8000-000000000003',
  iat: NOW - 60,
  exp: NOW + 840,
  client_id: 'native',
  auth_time: NOW - 60,
  amr: ['pwd'],
  roles: ['member'],
};

/** What `options` holds for layer `jwt` unless a vector says otherwise. */
const JWT_OPTIONS: Readonly<Record<string, unknown>> = {
  algorithms: ['ES256'],
  issuer: ISSUER,
  audience: AUDIENCE,
  now: NOW,
  tolerance: 5,
};

/** The header of an access token that `p256` signs. */
export const HEADER: Readonly<Record<string, unknown>> = { alg: 'ES256', typ: 'at+jwt', kid: 'p256' };

/** The payload of the vectors of layer `jws`: no JSON, so that nobody parses it. */
export const PAYLOAD = 'The latchstring is out.';

/** base64url without padding (RFC 7515 section 2). Objects become JSON. */
export function encode(value: unknown): string {
  if (typeof value === 'string' || value instanceof Uint8Array)
    return Buffer.from(value).toString('base64url');
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Signs with a test key. */
export function signer(algorithm: string, key: string | Jwk): Signer {
  const sign = SIGNERS[algorithm];
  if (sign === undefined) throw new TypeError(`no signer for ${algorithm}`);
  return (input) => sign(typeof key === 'string' ? testKey(key) : key, input);
}

/** A compact JWS of parts that are encoded already. */
export function compact(header: string, payload: string, sign: Signer): string {
  return `${header}.${payload}.${encode(sign(`${header}.${payload}`))}`;
}

/** A compact JWS. Strings and bytes are taken as they are, objects become JSON. */
export function token(header: unknown, payload: unknown, sign: Signer): string {
  return compact(encode(header), encode(payload), sign);
}

/** Signed by `p256` with ES256. */
export const es256: Signer = signer('ES256', 'p256');

/** The key set that most vectors use: one key. */
export const KEY_SET: unknown = { keys: [publicKey('p256', { alg: 'ES256' })] };

/** Replaces one of the three parts. */
export function replacePart(whole: string, part: 0 | 1 | 2, change: (part: string) => string): string {
  return whole
    .split('.')
    .map((text, at) => (at === part ? change(text) : text))
    .join('.');
}

/** An access token, its claims and its header changed; a member that is undefined is left out. */
export function accessToken(
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): string {
  return token({ ...HEADER, ...header }, { ...CLAIMS, ...claims }, es256);
}

/** A vector of layer `jws`, by default with the one key of KEY_SET and ES256. */
export function jws(
  id: string,
  expect: string,
  text: string,
  { jwks = KEY_SET, algorithms = ['ES256'], attacks = [] }: JwsSettings = {},
): Entry {
  return { id, layer: 'jws', token: text, jwks, options: { algorithms }, expect, attacks };
}

/** What a vector of layer `jws` may set. */
export interface JwsSettings {
  readonly jwks?: unknown;
  readonly algorithms?: unknown;
  readonly attacks?: readonly number[];
}

/** A vector of layer `jwt`, by default with the one key of KEY_SET and JWT_OPTIONS. */
export function jwt(
  id: string,
  expect: string,
  text: string,
  { jwks = KEY_SET, options = {}, attacks = [] }: JwtSettings = {},
): Entry {
  return { id, layer: 'jwt', token: text, jwks, options: { ...JWT_OPTIONS, ...options }, expect, attacks };
}

/** What a vector of layer `jwt` may set. */
export interface JwtSettings {
  readonly jwks?: unknown;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly attacks?: readonly number[];
}
