import { verify as verifyRaw } from 'node:crypto';
import { createVerifier as createFastJwt } from 'fast-jwt';
import { createLocalJWKSet, jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { createVerifier, staticKeys, type Verifier } from '@latchstring/verifier';
import { measureAsync, measureSync } from '../lib/cpu.ts';
import { measureInterleaved, type Costs, type Size, type Variant } from '../lib/statistics.ts';
import type { Issuer } from '../lib/tokens.ts';

/** What a library needs to check one token, and the bytes that the signature is over, taken apart beforehand. */
interface Prepared {
  readonly token: string;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Latchstring's verifier for an issuer. */
function createOwnVerifier({ issuer, audience, jwk }: Issuer): Verifier {
  return createVerifier({ issuer, audience, algorithms: ['ES256'], keys: staticKeys({ keys: [jwk] }) });
}

function prepare(token: string): Prepared {
  const dot = token.lastIndexOf('.');
  return {
    token,
    signed: Buffer.from(token.slice(0, dot)),
    signature: Buffer.from(token.slice(dot + 1), 'base64url'),
  };
}

/**
 * The cost of a token that was never seen, in each library with its cache off or empty. `raw` is what nobody can avoid: the
 * one call of node:crypto with a key that is ready and bytes that are decoded.
 */
export async function measureFirstSight(issuer: Issuer, size: Size): Promise<Costs> {
  const { publicKey, pem, jwk, audience } = issuer;
  // Every measurement gets tokens of its own, issued outside the measured time.
  const fresh = (operations: number): Prepared[] =>
    Array.from({ length: operations }, () => prepare(issuer.issue()));
  const sync = (name: string, check: (prepared: Prepared) => unknown): Variant => ({
    name,
    measure: (operations) => measureSync(fresh(operations), check),
  });
  const own = createOwnVerifier(issuer);
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  const fastJwt = createFastJwt({
    key: pem,
    algorithms: ['ES256'],
    allowedIss: issuer.issuer,
    allowedAud: audience,
    cache: false,
  });
  const keySet = createLocalJWKSet({ keys: [jwk] });
  const joseOptions = { algorithms: ['ES256'], issuer: issuer.issuer, audience };
  return measureInterleaved(
    [
      sync('raw', ({ signed, signature }) => must(verifyRaw('sha256', signed, key, signature))),
      sync('latchstring', ({ token }) => own.verifyToken(token)),
      sync('fast-jwt', ({ token }) => fastJwt(token) as unknown),
      sync('jsonwebtoken', ({ token }) =>
        jsonwebtoken.verify(token, publicKey, { algorithms: ['ES256'], issuer: issuer.issuer, audience }),
      ),
      {
        name: 'jose',
        measure: (operations) =>
          measureAsync(fresh(operations), ({ token }) => jwtVerify(token, keySet, joseOptions)),
      },
    ],
    size,
  );
}

/** The cost of the same string again, in the two that remember it. */
export async function measureSeen(issuer: Issuer, size: Size): Promise<Costs> {
  const token = issuer.issue();
  const own = createOwnVerifier(issuer);
  const fastJwt = createFastJwt({
    key: issuer.pem,
    algorithms: ['ES256'],
    allowedIss: issuer.issuer,
    allowedAud: issuer.audience,
    cache: true,
  });
  const again = (name: string, check: (token: string) => unknown): Variant => ({
    name,
    measure: (operations) =>
      measureSync(
        Array.from({ length: operations }, () => token),
        check,
      ),
  });
  return measureInterleaved(
    [
      again('latchstring', (seen) => own.verifyToken(seen)),
      again('fast-jwt', (seen) => fastJwt(seen) as unknown),
    ],
    size,
  );
}

function must(right: boolean): void {
  if (!right) throw new Error('The bench made a token whose signature is wrong.');
}
