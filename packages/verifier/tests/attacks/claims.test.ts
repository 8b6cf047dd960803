import { describe, expect, it } from 'vitest';
import {
  AUDIENCE,
  CSRF_TOKEN,
  ISSUER,
  KEY,
  NOW,
  claims,
  judge,
  testKey,
  token,
  tokenOf,
  verifierOf,
  type Json,
} from '../support.ts';

describe('attack 40: claims that are missing', () => {
  const required = [
    'exp',
    'iss',
    'aud',
    'sub',
    'sid',
    'ver',
    'jti',
    'iat',
    'client_id',
    'auth_time',
    'amr',
    'roles',
  ];
  it.each(required)('attack 40: no %s', async (name) => {
    expect(await judge(token({ [name]: undefined }))).toBe('token_malformed');
    expect(await judge(token({ [name]: null }))).toBe('token_malformed');
  });
});

describe('attack 41: times of the wrong type', () => {
  const later = String(NOW + 890);
  const values = [
    `"${later}"`,
    `${later}.5`,
    `${later}.0`,
    '1.8e9',
    '-1',
    '-0',
    '1e999',
    'true',
    `[${later}]`,
    '{}',
  ];
  const beyond = ['9007199254740992', '99999999999999999999'];
  const names = ['exp', 'iat', 'nbf', 'auth_time', 'ver'];
  it.each(names.flatMap((name) => [...values, ...beyond].map((value) => [name, value] as const)))(
    'attack 41: %s is %s',
    async (name, value) => {
      const payload = JSON.stringify(claims({ nbf: NOW - 10, [name]: 'HERE' })).replace('"HERE"', value);
      expect(await judge(tokenOf(payload))).toBe('token_malformed');
    },
  );
  it.each(['NaN', 'Infinity', '-Infinity', '0x6b49d200', '01800000890'])(
    'attack 41: exp is %s',
    async (value) => {
      expect(await judge(tokenOf(JSON.stringify(claims({ exp: 'HERE' })).replace('"HERE"', value)))).toBe(
        'token_malformed',
      );
    },
  );
});

describe('attack 42: times beyond the tolerance', () => {
  const at = (changes: Json, now = NOW): Promise<string> =>
    judge(token(changes), verifierOf({ clockTolerance: 30, now: () => now }));
  it('attack 42: the end counts to the second', async () => {
    expect(await at({ exp: NOW - 29 })).toBe('accept');
    expect(await at({ exp: NOW - 30 })).toBe('token_expired');
    expect(await at({ exp: 0 })).toBe('token_expired');
  });
  it('attack 42: so does the beginning', async () => {
    expect(await at({ nbf: NOW + 30 })).toBe('accept');
    expect(await at({ nbf: NOW + 31 })).toBe('token_not_yet_valid');
    expect(await at({ iat: NOW + 30 })).toBe('accept');
    expect(await at({ iat: NOW + 31 })).toBe('token_not_yet_valid');
    expect(await at({ iat: NOW + 10 * 365 * 86_400, exp: NOW + 20 * 365 * 86_400 })).toBe(
      'token_not_yet_valid',
    );
  });
  it('attack 42: a token that was seen before expires all the same', async () => {
    let now = NOW;
    const verifier = verifierOf({ clockTolerance: 0, now: () => now });
    const text = token({ exp: NOW + 5 });
    expect(await judge(text, verifier)).toBe('accept');
    now = NOW + 4.999;
    expect(await judge(text, verifier)).toBe('accept');
    now = NOW + 5;
    expect(await judge(text, verifier)).toBe('token_expired');
    now = NOW - 3600;
    expect(await judge(text, verifier)).toBe('token_not_yet_valid');
  });
});

it.each([61, 300, -1, Infinity, NaN, '5' as unknown as number])(
  'attack 43: a tolerance of %s is refused',
  (clockTolerance) => {
    expect(() => verifierOf({ clockTolerance })).toThrow(TypeError);
  },
);

describe('attack 44: the issuer is that very string', () => {
  const other = [
    'https://auth.example.co',
    'https://auth.example.com.attacker.example',
    'https://auth.example.com/',
    'https://auth.example.com/realm',
    'https://AUTH.example.com',
    'HTTPS://auth.example.com',
    'http://auth.example.com',
    'https://auth.example.com:443',
    'https://auth.example.com ',
    'https://attacker.example/https://auth.example.com',
    'auth.example.com',
    'https://аuth.example.com',
  ];
  it.each(other)('attack 44: %j', async (iss) => {
    expect(await judge(token({ iss }))).toBe('token_wrong_issuer');
  });
  it.each([[[ISSUER]], [[ISSUER, 'https://attacker.example']], [''], [1], [{}], [null]])(
    'attack 44: %j',
    async (iss) => {
      expect(await judge(token({ iss }))).toBe('token_malformed');
    },
  );
});

describe('attack 45: the audience is that very member', () => {
  it.each([
    ['https://other.example.com'],
    ['https://api.example.com/'],
    ['https://api.example.co'],
    ['https://api.example.com.attacker.example'],
    [[]],
    [['https://other.example.com']],
    [['https://api.example.com/v1', 'api.example.com']],
  ])('attack 45: %j', async (aud) => {
    expect(await judge(token({ aud }))).toBe('token_wrong_audience');
  });
  it.each([[1], [''], [{ '0': AUDIENCE }], [[1]], [[AUDIENCE, 1]], [[[AUDIENCE]]]])(
    'attack 45: %j',
    async (aud) => {
      expect(await judge(token({ aud }))).toBe('token_malformed');
    },
  );
  it('attack 45: a list with the audience among others is taken', async () => {
    expect(await judge(token({ aud: ['https://other.example.com', AUDIENCE] }))).toBe('accept');
  });
});

describe('attack 46: tokens for other uses', () => {
  const types = [
    'JWT',
    'id+jwt',
    'refresh+jwt',
    'reset+jwt',
    'email+jwt',
    'dpop+jwt',
    'logout+jwt',
    'revocations+jwt',
    '',
  ];
  it.each([...types, 'AT+JWT', 'at+jwt ', 'application/JWT', undefined])('attack 46: typ %j', async (typ) => {
    expect(await judge(token({}, { typ }))).toBe('token_wrong_type');
  });
  it.each([[null], [['at+jwt']], [1]])('attack 46: typ %j is not text', async (typ) => {
    expect(await judge(token({}, { typ }))).toBe('token_malformed');
  });
  it('attack 46: both spellings of the media type are taken', async () => {
    expect(await judge(token({}, { typ: 'application/at+jwt' }))).toBe('accept');
  });
  it('attack 46: the CSRF token is no access token', async () => {
    expect(await judge(CSRF_TOKEN)).toBe('token_malformed');
  });
});

it('attack 47: a refresh token is no access token', async () => {
  // A refresh token is opaque: about 130 letters of base64url without a dot, or with another number of parts.
  expect(await judge('l1'.repeat(65))).toBe('token_malformed');
  expect(await judge(`${'A'.repeat(86)}.${'B'.repeat(43)}`)).toBe('token_malformed');
});

describe('attack 48: subjects', () => {
  it.each([[''], [1], [['user']], [{}], [true]])('attack 48: sub %j', async (sub) => {
    expect(await judge(token({ sub }))).toBe('token_malformed');
  });
  it('attack 48: a subject that is a client', async () => {
    expect(await judge(token({ sub: 'native' }))).toBe('token_malformed');
    expect(await judge(token({ sub: 'web', client_id: 'web' }))).toBe('token_malformed');
  });
  it.each<[string, unknown]>([
    ['sid', ''],
    ['sid', 5],
    ['jti', ''],
    ['client_id', ''],
    ['roles', 'admin'],
    ['roles', { admin: true }],
    ['roles', ['admin', 1]],
    ['roles', [['admin']]],
    ['amr', 'pwd'],
    ['csrf', ''],
    ['csrf', 1],
    ['csrf', 'AAAA'],
    ['csrf', `${'A'.repeat(21)}B`],
    ['csrf', 'A'.repeat(43)],
  ])('attack 48: %s is %j', async (name, value) => {
    expect(await judge(token({ [name]: value }))).toBe('token_malformed');
  });
});

describe('attack 49: environments do not mix', () => {
  const staging = testKey('ES256', 'staging');
  it('attack 49: a staging key for the audience of production', async () => {
    expect(await judge(token({}, {}, staging))).toBe('token_untrusted');
    expect(await judge(token({}, { kid: KEY.kid }, staging))).toBe('token_untrusted');
  });
  it('attack 49: one key for both, another issuer', async () => {
    expect(await judge(token({ iss: 'https://auth.staging.example.com' }))).toBe('token_wrong_issuer');
  });
  it('attack 49: a verifier does not know what another one has seen', async () => {
    const production = verifierOf();
    const text = token({ aud: 'https://staging.example.com' });
    expect(await judge(text, verifierOf({ audience: 'https://staging.example.com' }))).toBe('accept');
    expect(await judge(text, production)).toBe('token_wrong_audience');
  });
});

it.each([[{ jkt: 'AAAA' }], [{ 'x5t#S256': 'AAAA' }], [{}], [null], ['x']])(
  'attack 52: a token bound by cnf %j is no bearer token',
  async (cnf) => {
    expect(await judge(token({ cnf }))).toBe('token_untrusted');
  },
);
