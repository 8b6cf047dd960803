import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign, type KeyObject } from 'node:crypto';
import {
  ACCESS_TOKEN_TYPE,
  CLIENT_IDS,
  cookieNames,
  type AccessTokenClaims,
  type JsonWebKeySet,
  type SessionMode,
} from '@latchstring/protocol';
import { csrfDigest } from './csrf.ts';
import type { KeySet } from './keys.ts';
import type { VerifierOptions } from './options.ts';
import { staticKeys } from './static.ts';
import { createVerifier, type Verifier } from './verifier.ts';

/** Whom a test plays: the settings of the verifier under test. */
export interface IssuerOptions {
  /** Default `https://auth.example.com`. */
  readonly issuer?: string | undefined;
  /** Default `https://api.example.com`. */
  readonly audience?: string | undefined;
  readonly cookieDomain?: string | undefined;
  /** Seconds since the Unix epoch. */
  readonly now?: (() => number) | undefined;
}

/** What a token says. */
export interface TokenOptions {
  readonly roles?: readonly string[] | undefined;
  /** Default `bearer`. */
  readonly mode?: SessionMode | undefined;
  /** Seconds; below zero the token has expired. Default 900. */
  readonly lifetime?: number | undefined;
  /** Further claims, or others; one that is undefined is left out. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** In mode `cookie`, the CSRF token that belongs to it. */
  readonly csrfToken?: string | undefined;
}

/**
 * Plays Latchstring in a test: issues access tokens, and makes the verifier that takes them. Nothing is served or loaded.
 *
 * Its key is made anew for each object, so no token of a test is good for anything else.
 */
export class TestIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** The key set, for a test that serves it. */
  readonly jwks: JsonWebKeySet;
  /** The key set as the verifier's option `keys` takes it. */
  readonly keys: KeySet;
  readonly #options: IssuerOptions;
  readonly #now: () => number;
  readonly #key: KeyObject;
  readonly #kid: string;

  constructor(options: IssuerOptions = {}) {
    this.#options = options;
    this.issuer = options.issuer ?? 'https://auth.example.com';
    this.audience = options.audience ?? 'https://api.example.com';
    this.#now = options.now ?? ((): number => Date.now() / 1000);
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    this.#key = privateKey;
    this.#kid = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url');
    this.jwks = { keys: [{ ...jwk, kid: this.#kid, alg: 'ES256', use: 'sig' }] };
    this.keys = staticKeys(this.jwks);
  }

  /** A verifier that takes these tokens and follows no feed. */
  verifier(options: Partial<VerifierOptions> = {}): Verifier {
    const { issuer, audience, keys } = this;
    const { cookieDomain } = this.#options;
    return createVerifier({ issuer, audience, keys, cookieDomain, now: this.#now, ...options });
  }

  /** An access token of a new session, as Latchstring issues it (RFC 9068). */
  token(subject: string = randomUUID(), options: TokenOptions = {}): string {
    const { roles = [], mode = 'bearer', lifetime = 900, claims = {} } = options;
    const now = Math.floor(this.#now());
    const csrfToken = options.csrfToken ?? newCsrfToken();
    const full: AccessTokenClaims = {
      iss: this.issuer,
      aud: this.audience,
      sub: subject,
      sid: randomUUID(),
      ver: 1,
      jti: randomUUID(),
      iat: now + Math.min(0, lifetime),
      exp: now + lifetime,
      client_id: CLIENT_IDS[mode],
      auth_time: now,
      amr: ['pwd'],
      roles,
      ...(mode === 'cookie' && { csrf: csrfDigest(csrfToken).toString('base64url') }),
    };
    return this.sign({ ...full, ...claims });
  }

  /** The very claims, signed, under a header with these members more, or others. */
  sign(claims: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}): string {
    const full = { alg: 'ES256', kid: this.#kid, typ: ACCESS_TOKEN_TYPE, ...header };
    const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const signed = `${encode(full)}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  /** The headers of a request with a bearer token. */
  bearer(
    subject?: string,
    options: Omit<TokenOptions, 'mode' | 'csrfToken'> = {},
  ): { authorization: string } {
    return { authorization: `Bearer ${this.token(subject, options)}` };
  }

  /** The headers of a request that the application's own page makes with cookies, good for unsafe methods too. */
  cookie(
    subject?: string,
    options: Omit<TokenOptions, 'mode' | 'csrfToken'> = {},
  ): { cookie: string; origin: string; 'x-csrf-token': string } {
    const csrfToken = newCsrfToken();
    const names = cookieNames({ issuer: this.issuer, cookieDomain: this.#options.cookieDomain });
    const token = this.token(subject, { ...options, mode: 'cookie', csrfToken });
    return {
      cookie: `${names.access}=${token}; ${names.csrf}=${csrfToken}`,
      origin: this.issuer,
      'x-csrf-token': csrfToken,
    };
  }
}

function newCsrfToken(): string {
  return randomBytes(32).toString('base64url');
}
