import { describe, expect, it } from 'vitest';
import {
  APP,
  COOKIE,
  COOKIE_CLAIMS,
  CSRF_TOKEN,
  ISSUER,
  request,
  token,
  verdict,
  verifierOf,
} from './support.ts';

const cookie = `${COOKIE}=${token(COOKIE_CLAIMS)}`;
const verifier = verifierOf();
type Headers = Record<string, string | readonly string[]>;

function check(headers: Headers, method = 'POST'): Promise<string> {
  return verdict(() => verifier.verifyRequest(request({ cookie, ...headers }, method)));
}

const proof = { 'x-csrf-token': CSRF_TOKEN };

describe('B3: unsafe requests by cookie prove where they come from', () => {
  it.each<[string, Headers]>([
    ['a listed origin', { origin: APP }],
    ['the origin of the issuer', { origin: ISSUER }],
    ['the same origin by Sec-Fetch-Site', { 'sec-fetch-site': 'same-origin' }],
    ['a listed origin that is another site for the browser', { origin: APP, 'sec-fetch-site': 'cross-site' }],
  ])('accepts the CSRF token with %s', async (_name, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(await check({ ...proof, ...headers }, method)).toBe('accept');
  });

  it.each<[string, Headers]>([
    ['no CSRF token', { origin: APP }],
    ['an empty one', { origin: APP, 'x-csrf-token': '' }],
    ['that of another session', { origin: APP, 'x-csrf-token': 'D'.repeat(43) }],
    ['the claim in its place', { origin: APP, 'x-csrf-token': COOKIE_CLAIMS['csrf'] as string }],
    ['two of them', { origin: APP, 'x-csrf-token': `${CSRF_TOKEN}, ${CSRF_TOKEN}` }],
    ['a list of two', { origin: APP, 'x-csrf-token': [CSRF_TOKEN, CSRF_TOKEN] }],
  ])('refuses %s', async (_name, headers) => {
    expect(await check(headers)).toBe('csrf_failed');
  });

  it.each([
    'null',
    '',
    'https://app.example.com.attacker.example',
    'https://attacker.example/https://app.example.com',
    'https://xapp.example.com',
    'https://app.example.com.',
    'https://app.example.com/',
    'https://app.example.com:443',
    'https://app.example.com:8443',
    'http://app.example.com',
    'https://APP.example.com',
    'https://app.example.com@attacker.example',
    'https://app.example.com, https://attacker.example',
    'https://app%2eexample.com',
    '*',
  ])('attack 73: origin %j is not on the list, whatever else is said', async (origin) => {
    expect(await check({ ...proof, origin })).toBe('csrf_failed');
    expect(await check({ ...proof, origin, 'sec-fetch-site': 'same-origin' })).toBe('csrf_failed');
  });

  it.each(['same-site', 'cross-site', 'none', '', 'same-origin, cross-site'])(
    'attack 73: no origin, and Sec-Fetch-Site %j',
    async (site) => {
      expect(await check({ ...proof, 'sec-fetch-site': site })).toBe('csrf_failed');
    },
  );

  it('attack 73: neither origin nor Sec-Fetch-Site', async () => {
    expect(await check(proof)).toBe('csrf_failed');
    expect(await check({ ...proof, referer: `${APP}/page` })).toBe('csrf_failed');
  });

  it('attack 74: a method that is not known to be safe is unsafe, and no header overrides it', async () => {
    for (const method of ['get', 'PURGE', 'CONNECT', '', 'Post'])
      expect(await check({ origin: APP }, method)).toBe('csrf_failed');
    expect(await check({ origin: APP, 'x-http-method-override': 'GET' })).toBe('csrf_failed');
  });

  it('asks nothing of safe methods', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) {
      expect(await check({}, method)).toBe('accept');
      expect(await check({ origin: 'https://attacker.example' }, method)).toBe('accept');
    }
  });

  it('asks nothing of bearer requests', async () => {
    const bearer = request(
      { authorization: `Bearer ${token()}`, origin: 'https://attacker.example' },
      'POST',
    );
    expect(await verdict(() => verifier.verifyRequest(bearer))).toBe('accept');
  });

  it.each(['websocket', 'WebSocket', 'h2c, websocket'])(
    'lets a handshake (%s) in from a listed origin only',
    async (upgrade) => {
      expect(await check({ upgrade, origin: APP }, 'GET')).toBe('accept');
      expect(await check({ upgrade, origin: ISSUER }, 'GET')).toBe('accept');
      expect(await check({ upgrade, origin: 'https://attacker.example' }, 'GET')).toBe('csrf_failed');
      expect(await check({ upgrade, origin: 'null' }, 'GET')).toBe('csrf_failed');
      expect(await check({ upgrade, 'sec-fetch-site': 'same-origin' }, 'GET')).toBe('csrf_failed');
      expect(await check({ upgrade }, 'GET')).toBe('csrf_failed');
    },
  );

  it('checks a token that was seen before on every request', async () => {
    expect(await check({ ...proof, origin: APP })).toBe('accept');
    expect(await check({ origin: APP })).toBe('csrf_failed');
    expect(await check({ ...proof, origin: 'https://attacker.example' })).toBe('csrf_failed');
    expect(await check({ ...proof, origin: APP })).toBe('accept');
  });
});
