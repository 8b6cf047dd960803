import { describe, expect, test } from 'vitest';
import { publicSettings, resolveSettings } from '../../src/config/settings.ts';
import { ConfigurationError } from '../../src/config/options.ts';
import type { LatchstringOptions } from '../../src/config/options.ts';
import { createLatchstring } from '../../src/main.ts';

const SECRET = 'v7Jp2nXw9QzKc4TfRb8sLm3hYg6dEa1u';
const OTHER = 'kBq3vZ9sTn7wXc2mRf8yHj4pLd6gUa1e';
const LOCAL: LatchstringOptions = { issuer: 'http://localhost:4000', secret: SECRET };
const HOSTED: LatchstringOptions = { issuer: 'https://auth.example.com', secret: SECRET };

function problemsOf(options: unknown): readonly string[] {
  try {
    resolveSettings(options as LatchstringOptions);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('attack 13, F6: a secret that is no secret is refused, and not repeated', () => {
  test.each([
    ['none', undefined],
    ['empty', ''],
    ['31 bytes', 'v7Jp2nXw9QzKc4TfRb8sLm3hYg6dEa1'],
    ['one byte many times', 'a'.repeat(64)],
    ['a pattern', 'abcd1234'.repeat(8)],
    ['a placeholder', 'change-me-change-me-change-me-change-me'],
    ['an example', 'my-super-secret-key-for-this-example-application'],
    ['of a list', 'reallyreallyreallyreallyverysafe'],
    ['a UUID', '123e4567-e89b-12d3-a456-426614174000'],
    [
      'a public key',
      '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----',
    ],
  ])('%s', (_name, secret) => {
    for (const [name, options] of [
      ['LATCHSTRING_SECRET', { ...LOCAL, secret }],
      ['LATCHSTRING_SECRET_PREVIOUS', { ...LOCAL, secretPrevious: [secret ?? ''] }],
      ['LATCHSTRING_HS256_SECRET', { ...LOCAL, hs256Secret: secret ?? '' }],
    ] as const) {
      const problems = problemsOf(options);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(name);
      expect(problems[0]).toMatch(/openssl rand|randomBytes/);
      if (secret !== undefined && secret !== '') expect(problems[0]).not.toContain(secret);
    }
  });

  test('the HS256 secret is another one than the service’s own, of now or before', () => {
    expect(problemsOf({ ...LOCAL, hs256Secret: SECRET })).toHaveLength(1);
    expect(problemsOf({ ...LOCAL, secretPrevious: [OTHER], hs256Secret: OTHER })).toHaveLength(1);
    expect(problemsOf({ ...LOCAL, hs256Secret: OTHER })).toEqual([]);
  });

  test('the start itself is refused', async () => {
    await expect(createLatchstring({ ...LOCAL, secret: 'short' })).rejects.toBeInstanceOf(ConfigurationError);
  });
});

describe('F6, B6: an origin that can not be served is refused', () => {
  test.each<[string, unknown]>([
    ['none', undefined],
    ['empty', ''],
    ['plain HTTP on a host', 'http://auth.example.com'],
    ['plain HTTP on an address', 'http://127.0.0.1:4000'],
    ['a path', 'https://example.com/auth'],
    ['a slash at the end', 'https://example.com/'],
    ['capitals', 'https://Example.com'],
    ['the usual port written out', 'https://example.com:443'],
    ['no scheme', 'example.com'],
    ['another scheme', 'ftp://example.com'],
    ['user information', 'https://a:b@example.com'],
    ['a wildcard', '*'],
    ['a number', 7],
  ])('issuer: %s', (_name, issuer) => {
    const problems = problemsOf({ ...LOCAL, issuer });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('LATCHSTRING_ISSUER');
  });

  test.each([
    ['a wildcard', '*'],
    ['a wildcard in a host', 'https://*.example.com'],
    ['null', 'null'],
    ['empty', ''],
    ['plain HTTP', 'http://auth.example.com'],
    ['a path', 'https://auth.example.com/app'],
    ['a slash at the end', 'https://auth.example.com/'],
    ['another host', 'https://app.example.com'],
    ['another site', 'https://example.org'],
    ['localhost', 'http://localhost:5173'],
  ])('origin: %s', (_name, origin) => {
    const problems = problemsOf({ ...HOSTED, origins: [origin] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('LATCHSTRING_ORIGINS');
  });

  test.each<[string, LatchstringOptions]>([
    ['ports of localhost', { ...LOCAL, origins: ['http://localhost:5173', 'http://localhost'] }],
    ['ports of one host', { ...HOSTED, origins: ['https://auth.example.com:8443'] }],
    [
      'siblings with a cookie domain',
      { ...HOSTED, cookieDomain: 'example.com', origins: ['https://app.example.com', 'https://example.com'] },
    ],
  ])('%s are taken', (_name, options) => {
    expect(problemsOf(options)).toEqual([]);
    expect(resolveSettings(options).origins.has(options.issuer)).toBe(true);
  });

  test.each([
    ['a dot at its start', '.example.com'],
    ['capitals', 'Example.com'],
    ['a top level', 'com'],
    ['another domain', 'example.org'],
    ['a part of a label', 'ample.com'],
    ['a host below', 'www.auth.example.com'],
    ['an origin', 'https://example.com'],
  ])('cookie domain: %s', (_name, cookieDomain) => {
    const problems = problemsOf({ ...HOSTED, cookieDomain });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('LATCHSTRING_COOKIE_DOMAIN');
  });

  test('cookie domain: none on localhost; none makes up for an origin outside of it', () => {
    expect(problemsOf({ ...LOCAL, cookieDomain: 'localhost.test' })[0]).toContain(
      'LATCHSTRING_COOKIE_DOMAIN',
    );
    const outside = { ...HOSTED, cookieDomain: 'auth.example.com', origins: ['https://app.example.com'] };
    expect(problemsOf(outside)[0]).toContain('LATCHSTRING_ORIGINS');
  });
});

test('attack 103: the settings that may be seen hold no secret and no password', () => {
  const secrets = {
    secret: SECRET,
    secretPrevious: [OTHER],
    hs256Secret: 'Zr5uQ1mXk8Wv3nJt6cPb9yLd2gHf7sAe',
    introspectionSecret: 'Yt4kN8bVq1Zs6wRm3xJc9pHd5fLg2uAe',
    databaseUrl: 'postgres://latchstring:canary-one@localhost/db',
    databaseDirectUrl: 'postgres://latchstring:canary-two@localhost/db',
    redisUrl: 'rediss://:canary-three@localhost',
  };
  const seen = publicSettings(resolveSettings({ ...LOCAL, ...secrets }));
  expect(seen.issuer).toBe(LOCAL.issuer);
  for (const name of Object.keys(secrets)) expect(seen).not.toHaveProperty(name);
});

describe('F6: other settings', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['an algorithm', 'LATCHSTRING_SIGNING_ALGORITHM', { signingAlgorithm: 'none' }],
    ['HS256 as an algorithm', 'LATCHSTRING_SIGNING_ALGORITHM', { signingAlgorithm: 'HS256' }],
    ['SameSite=None', 'LATCHSTRING_COOKIE_SAME_SITE', { cookieSameSite: 'none' }],
    ['a log level', 'LATCHSTRING_LOG_LEVEL', { logLevel: 'trace' }],
    ['limits', 'LATCHSTRING_LIMITS', { limits: 'no' }],
    ['no limits on a real host', 'LATCHSTRING_LIMITS', { ...HOSTED, limits: 'off' }],
    ['a database', 'LATCHSTRING_DATABASE_URL', { databaseUrl: 'mysql://root@localhost/db' }],
    ['an empty file', 'LATCHSTRING_DATABASE_URL', { databaseUrl: 'file:' }],
    [
      'a port of a database',
      'LATCHSTRING_DATABASE_URL',
      { databaseUrl: 'postgres://a:b@localhost:99999/db' },
    ],
    ['a bare # in a password', 'LATCHSTRING_DATABASE_URL', { databaseUrl: 'postgres://a:b#c@localhost/db' }],
    ['a Redis by another scheme', 'LATCHSTRING_REDIS_URL', { redisUrl: 'http://localhost:6379' }],
    ['a Redis without a host', 'LATCHSTRING_REDIS_URL', { redisUrl: 'redis:///0' }],
    ['a port of a Redis', 'LATCHSTRING_REDIS_URL', { redisUrl: 'redis://localhost:99999' }],
    ['a bare # in a password of Redis', 'LATCHSTRING_REDIS_URL', { redisUrl: 'redis://:canary#b@localhost' }],
    ['a path in a Redis', 'LATCHSTRING_REDIS_URL', { redisUrl: 'redis://localhost/main' }],
    ['a query in a Redis', 'LATCHSTRING_REDIS_URL', { redisUrl: 'redis://localhost?db=1' }],
    ['a port', 'LATCHSTRING_PORT', { port: 65_536 }],
    ['a port that is no number', 'LATCHSTRING_PORT', { port: Number.NaN }],
    ['an audience', 'LATCHSTRING_AUDIENCE', { audience: ' ' }],
    ['a proxy by name', 'LATCHSTRING_TRUSTED_PROXIES', { trustedProxies: ['proxy.example.com'] }],
    ['everybody', 'LATCHSTRING_TRUSTED_PROXIES', { trustedProxies: ['0.0.0.0/0'] }],
    ['everybody in IPv6', 'LATCHSTRING_TRUSTED_PROXIES', { trustedProxies: ['::/0'] }],
    ['a range too long', 'LATCHSTRING_TRUSTED_PROXIES', { trustedProxies: ['10.0.0.0/33'] }],
    ['a zone', 'LATCHSTRING_TRUSTED_PROXIES', { trustedProxies: ['fe80::1%eth0'] }],
    ['a count of hops', 'LATCHSTRING_TRUSTED_PROXIES', { trustedProxies: ['1'] }],
  ])('%s is refused by name', (_name, variable, options) => {
    const problems = problemsOf({ ...LOCAL, ...options });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(variable);
    expect(problems[0]).not.toContain('canary');
  });

  test.each(['redis://localhost', 'rediss://default:p%23w@redis.example.com:6380/2', 'redis://[::1]:6379/'])(
    '%s is taken',
    (redisUrl) => expect(problemsOf({ ...LOCAL, redisUrl })).toEqual([]),
  );

  test('all problems are told at once', () => {
    expect(problemsOf({ issuer: '', secret: '', port: -1, limits: 'x' }).length).toBe(4);
  });

  test('what is left out is safe', () => {
    const settings = resolveSettings(HOSTED);
    expect(settings).toMatchObject({
      ...{ audience: HOSTED.issuer, host: '127.0.0.1', port: 4000, limits: true, signingAlgorithm: 'ES256' },
      ...{ cookieSameSite: 'Lax', cookieDomain: undefined, logLevel: 'info', warnings: [] },
    });
    expect([...settings.origins]).toEqual([HOSTED.issuer]);
    expect(settings.trustedProxies('127.0.0.1')).toBe(false);
  });

  test('an audience too long for the bound on tokens is refused at the start', async () => {
    const options = {
      ...LOCAL,
      audience: 'x'.repeat(600),
      logLevel: 'silent',
    } as const;
    await expect(createLatchstring(options)).rejects.toBeInstanceOf(ConfigurationError);
  });
});

describe('F6: times', () => {
  test.each<[string, Partial<LatchstringOptions>, string]>([
    ['A2: an access token under a second', { accessTokenLifetime: 0.5 }, 'LATCHSTRING_ACCESS_TOKEN_LIFETIME'],
    ['A2: an access token over an hour', { accessTokenLifetime: 3601 }, 'LATCHSTRING_ACCESS_TOKEN_LIFETIME'],
    ['zero', { sessionLifetime: 0 }, 'LATCHSTRING_SESSION_LIFETIME'],
    ['below zero', { keyRotationInterval: -1 }, 'LATCHSTRING_KEY_ROTATION_INTERVAL'],
    ['no number', { refreshDeadline: Number.NaN }, 'LATCHSTRING_REFRESH_DEADLINE'],
    ['without end', { sessionLifetime: Number.POSITIVE_INFINITY }, 'LATCHSTRING_SESSION_LIFETIME'],
    ['M at its bound', { refreshMinimumAge: 90 }, 'LATCHSTRING_REFRESH_MINIMUM_AGE'],
    ['M below the bound of longer time-outs', { refreshDeadline: 30 }, 'LATCHSTRING_REFRESH_MINIMUM_AGE'],
    [
      'S below the time-out of the client',
      { refreshSupersededWindow: 14.9 },
      'LATCHSTRING_REFRESH_SUPERSEDED_WINDOW',
    ],
    [
      'idle beyond absolute',
      { sessionIdleLifetime: 100_000, sessionLifetime: 99_999 },
      'LATCHSTRING_SESSION_IDLE_LIFETIME',
    ],
    ['idle below a token', { sessionIdleLifetime: 899 }, 'LATCHSTRING_SESSION_IDLE_LIFETIME'],
  ])('%s is refused', (_name, times, variable) => {
    const problems = problemsOf({ ...LOCAL, ...times });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(variable);
  });

  test.each<[string, Partial<LatchstringOptions>]>([
    ['A2: one second', { accessTokenLifetime: 1 }],
    ['A2: an hour', { accessTokenLifetime: 3600 }],
    ['M just above its bound', { refreshMinimumAge: 90.001 }],
    [
      'decimals',
      {
        refreshClientTimeout: 0.5,
        refreshDeadline: 0.5,
        refreshMinimumAge: 3.1,
        refreshSupersededWindow: 0.5,
      },
    ],
  ])('%s is taken', (_name, times) => expect(problemsOf({ ...LOCAL, ...times })).toEqual([]));

  test('A2, A3: the defaults', () => {
    expect(resolveSettings(LOCAL).times).toEqual({
      ...{ accessTokenLifetime: 900_000, sessionIdleLifetime: 604_800_000, sessionLifetime: 2_592_000_000 },
      ...{ refreshMinimumAge: 120_000, refreshSupersededWindow: 30_000 },
      ...{ refreshClientTimeout: 15_000, refreshDeadline: 15_000, keyRotationInterval: 2_592_000_000 },
    });
  });

  test.each([
    [299, 1],
    [300, 0],
    [900, 0],
    [901, 1],
  ])('A2: %d s for an access token gives %d warnings', (accessTokenLifetime, count) => {
    expect(resolveSettings({ ...LOCAL, accessTokenLifetime }).warnings).toHaveLength(count);
  });
});
