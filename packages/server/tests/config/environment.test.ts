import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readOptions } from '../../src/config/environment.ts';
import { ConfigurationError } from '../../src/config/options.ts';

const folder = mkdtempSync(join(tmpdir(), 'latchstring-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'latchstring.json');
  writeFileSync(path, text);
  return path;
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('F6: the environment', () => {
  test('gives every setting', () => {
    const options = readOptions({
      ...{ PATH: '/bin', LATCHSTRING_ISSUER: 'https://auth.example.com', LATCHSTRING_AUDIENCE: 'notes' },
      ...{ LATCHSTRING_SECRET: 's', LATCHSTRING_SECRET_PREVIOUS: 'a, b,', LATCHSTRING_HS256_SECRET: 'h' },
      ...{ LATCHSTRING_DATABASE_URL: 'file:x', LATCHSTRING_DATABASE_PREPARE: 'off' },
      ...{ LATCHSTRING_REDIS_URL: 'redis://localhost' },
      ...{ LATCHSTRING_ORIGINS: 'https://a.example.com,https://b.example.com' },
      ...{ LATCHSTRING_COOKIE_DOMAIN: 'example.com', LATCHSTRING_COOKIE_SAME_SITE: 'strict' },
      ...{ LATCHSTRING_TRUSTED_PROXIES: '10.0.0.0/8', LATCHSTRING_PORT: '8080', LATCHSTRING_HOST: '::' },
      ...{ LATCHSTRING_SIGNING_ALGORITHM: 'EdDSA', LATCHSTRING_LIMITS: 'on', LATCHSTRING_LOG_LEVEL: 'debug' },
      ...{ LATCHSTRING_ACCESS_TOKEN_LIFETIME: '600', LATCHSTRING_REFRESH_MINIMUM_AGE: '3.1' },
      ...{ LATCHSTRING_REFRESH_SUPERSEDED_WINDOW: '1', LATCHSTRING_REFRESH_CLIENT_TIMEOUT: '0.5' },
      ...{ LATCHSTRING_REFRESH_DEADLINE: '0.5', LATCHSTRING_SESSION_IDLE_LIFETIME: '3600' },
      ...{ LATCHSTRING_SESSION_LIFETIME: '7200', LATCHSTRING_KEY_ROTATION_INTERVAL: '86400' },
    });
    expect(options).toEqual({
      ...{ issuer: 'https://auth.example.com', audience: 'notes', secret: 's', secretPrevious: ['a', 'b'] },
      ...{ hs256Secret: 'h', databaseUrl: 'file:x', databasePrepare: false, redisUrl: 'redis://localhost' },
      ...{ origins: ['https://a.example.com', 'https://b.example.com'], cookieDomain: 'example.com' },
      ...{ cookieSameSite: 'strict', trustedProxies: ['10.0.0.0/8'], port: 8080, host: '::' },
      ...{ signingAlgorithm: 'EdDSA', limits: 'on', logLevel: 'debug', accessTokenLifetime: 600 },
      ...{
        refreshMinimumAge: 3.1,
        refreshSupersededWindow: 1,
        refreshClientTimeout: 0.5,
        refreshDeadline: 0.5,
      },
      ...{ sessionIdleLifetime: 3600, sessionLifetime: 7200, keyRotationInterval: 86_400 },
    });
  });

  test('an empty variable is none', () => expect(readOptions({ LATCHSTRING_AUDIENCE: '' })).toEqual({}));

  test.each(['LATCHSTRING_SECERT', 'LATCHSTRING_CLOCK_OFFSET', 'LATCHSTRING_LOG_TO', 'LATCHSTRING_'])(
    'the unknown variable %s is refused by name, without its value',
    (name) => {
      const problems = problemsOf(() => readOptions({ [name]: 'canary' }));
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(name);
      expect(problems[0]).not.toContain('canary');
    },
  );

  test.each([
    ['LATCHSTRING_PORT', '4k'],
    ['LATCHSTRING_PORT', '-1'],
    ['LATCHSTRING_PORT', '0x10'],
    ['LATCHSTRING_ACCESS_TOKEN_LIFETIME', '15m'],
    ['LATCHSTRING_ACCESS_TOKEN_LIFETIME', '1e3'],
    ['LATCHSTRING_ACCESS_TOKEN_LIFETIME', 'Infinity'],
    ['LATCHSTRING_DATABASE_PREPARE', 'yes'],
  ])('%s=%s is refused', (name, value) => {
    const problems = problemsOf(() => readOptions({ [name]: value }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });
});

describe('F6: a configuration file', () => {
  test('has the same names as the code; the environment wins', () => {
    const path = file(
      '{"issuer": "https://a.example.com", "origins": [], "port": 1, "databasePrepare": false}',
    );
    expect(readOptions({ LATCHSTRING_PORT: '2' }, path)).toEqual({
      ...{
        issuer: 'https://a.example.com',
        origins: [],
        port: 2,
        databasePrepare: false,
      },
    });
    expect(readOptions({ LATCHSTRING_CONFIG: path })).toMatchObject({ port: 1 });
  });

  test.each([
    ['an unknown name', '{"secert": "x"}', 'secert'],
    ['a name that only code has', '{"clockOffset": 1}', 'clockOffset'],
    ['a wrong type', '{"port": "4000"}', 'port'],
    ['a list that is none', '{"origins": "https://a.example.com"}', 'origins'],
    ['a list of other things', '{"origins": [1]}', 'origins'],
    ['a switch that is none', '{"databasePrepare": "off"}', 'databasePrepare'],
    ['no object', '[]', 'latchstring.json'],
    ['no JSON', '{', 'latchstring.json'],
    ['a name twice', '{"port": 1, "port": 2}', 'latchstring.json'],
  ])('%s is refused by name', (_name, text, word) => {
    const problems = problemsOf(() => readOptions({}, file(text)));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(word);
  });

  test('that is not there is refused by name', () => {
    expect(problemsOf(() => readOptions({}, join(folder, 'nowhere.json')))[0]).toContain('nowhere.json');
  });
});
