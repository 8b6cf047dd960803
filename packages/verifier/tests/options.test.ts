import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createVerifier, remoteKeys, staticKeys, type VerifierOptions } from '../src/index.ts';
import { AUDIENCE, ISSUER, KEY } from './support.ts';

const create = (options: Record<string, unknown>): unknown =>
  createVerifier({ issuer: ISSUER, audience: AUDIENCE, ...options });

describe('options', () => {
  it.each([
    { issuer: undefined },
    { issuer: '' },
    { issuer: 'auth.example.com' },
    { issuer: 'http://auth.example.com' },
    { issuer: 'http://127.0.0.1:4000' },
    { issuer: 'https://auth.example.com/' },
    { issuer: 'https://auth.example.com/auth' },
    { issuer: 'https://auth.example.com:443' },
    { issuer: 'https://user@auth.example.com' },
    { issuer: 'ftp://auth.example.com' },
    { audience: undefined },
    { audience: '' },
    { audience: [AUDIENCE] },
    { algorithms: ['none'] },
    { algorithms: ['HS256'] },
    { algorithms: ['ES256', 'es256'] },
    { algorithms: [] },
    { origins: ['*'] },
    { origins: ['https://*.example.com'] },
    { origins: ['https://app.example.com/'] },
    { origins: ['http://app.example.com'] },
    { origins: ['null'] },
    { cookieDomain: '.example.com' },
    { cookieDomain: 'other.com' },
    { cookieDomain: 'com' },
    { cookieDomain: 'ample.com' },
    { keys: { keys: [KEY.jwk] } },
    { keys: async (): Promise<void> => Promise.resolve() },
    { cacheEntries: -1 },
    { cacheEntries: 1.5 },
    { cacheBytes: Infinity },
    { algorithm: ['ES256'] },
    { orgins: [] },
    { revocations: 'on' },
    { revocations: { url: 'http://auth.example.com/feed' } },
    { revocations: { url: 'not a url' } },
    { revocations: { maxStaleness: 2 } },
    { revocations: { maxStaleness: 901 } },
    { revocations: { maxStaleness: '30' } },
    { revocations: { onStale: 'opne' } },
    { revocations: { maxBytes: 0 } },
    { revocations: { onstale: 'open' } },
    { revocations: null },
  ])('F6: %j is refused with a sentence', (options) => {
    expect(() => create(options)).toThrow(TypeError);
  });

  it.each([
    {},
    { issuer: 'http://localhost:4000', origins: ['http://localhost:5173'] },
    { origins: ['https://app.example.com', 'https://app.example.com:8443'] },
    { cookieDomain: 'example.com' },
    { clockTolerance: 60 },
    { clockTolerance: 0 },
    { algorithms: ['PS512'] },
    { revocations: 'none' },
    { revocations: 'feed', keys: staticKeys({ keys: [KEY.jwk] }) },
    { revocations: { maxStaleness: 3, onStale: 'open', url: 'http://localhost:4000/feed' } },
  ])('%j is taken', (options) => {
    expect(() => create(options)).not.toThrow();
  });

  it('the feed is followed where the keys are loaded, and else where it is asked for', () => {
    const state = (options: Partial<VerifierOptions>): string => {
      const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, ...options });
      return verifier.revocations.status.state;
    };
    const keys = staticKeys({ keys: [KEY.jwk] });
    const secret = randomBytes(32);
    expect(state({})).toBe('starting');
    expect(state({ keys: remoteKeys({ url: `${ISSUER}/keys` }) })).toBe('starting');
    expect(state({ revocations: 'none' })).toBe('none');
    expect(state({ keys })).toBe('none');
    expect(state({ secret })).toBe('none');
    expect(state({ keys, revocations: 'feed' })).toBe('starting');
    expect(state({ secret, revocations: {} })).toBe('starting');
  });

  it('a key set that cannot serve is refused where it is given', () => {
    expect(() => staticKeys({ keys: [] })).toThrow(TypeError);
    expect(() => staticKeys({ keys: [{ ...KEY.jwk, use: 'enc' }] })).toThrow(TypeError);
    expect(() => staticKeys([KEY.jwk])).toThrow(TypeError);
  });

  it.each([
    { url: 'http://auth.example.com/jwks.json' },
    { url: 'file:///etc/jwks.json' },
    { url: 'https://a.example/k', cooldown: 0 },
    { url: 'https://a.example/k', timeout: -1 },
    { url: 'https://a.example/k', maxAge: NaN },
    { url: 'https://a.example/k', maxStale: 86_401 },
  ])('remote keys with %j are refused', (options) => {
    expect(() => remoteKeys(options)).toThrow(TypeError);
  });
});
