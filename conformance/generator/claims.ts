import { publicKey } from './material.ts';
import {
  accessToken,
  AUDIENCE,
  CLAIMS,
  es256,
  HEADER,
  ISSUER,
  jwt,
  NOW,
  signer,
  token,
  type Entry,
} from './tokens.ts';

type Claims = Readonly<Record<string, unknown>>;

function claim(
  id: string,
  expect: string,
  claims: Claims,
  attacks: number[] = [],
  options: Claims = {},
): Entry {
  return jwt(`claims/${id}`, expect, accessToken(claims), { attacks, options });
}

// JSON.stringify cannot write these: the number is put in as text.
function literal(id: string, expect: string, name: string, number: string, attacks: number[]): Entry {
  const text = JSON.stringify({ ...CLAIMS, [name]: '@' }).replace('"@"', number);
  return jwt(`claims/${id}`, expect, token(HEADER, text, es256), { attacks });
}

/** What an access token looks like when all is well. */
function accepted(): Entry[] {
  return [
    claim('bearer', 'accept', {}),
    claim('cookie', 'accept', { client_id: 'web', csrf: 'AAECAwQFBgcICQoLDA0ODw' }),
    claim('roles-none', 'accept', { roles: [] }),
    claim('roles-several', 'accept', { roles: ['member', 'admin'] }),
    claim('audience-list-of-one', 'accept', { aud: [AUDIENCE] }),
    claim('audience-list-with-ours', 'accept', { aud: ['https://other.example.com', AUDIENCE] }),
    claim('not-before-in-the-past', 'accept', { nbf: NOW - 60 }),
    claim('unknown-claims', 'accept', { scope: 'read', 'https://example.com/claim': { a: [1] } }),
    claim('version-zero', 'accept', { ver: 0 }),
    claim('version-after-a-restore', 'accept', { ver: 2 ** 20 + 1 }),
  ];
}

// The name is spelled with an escape, so that a search of the text for it finds nothing.
function escapedFraction(): Entry {
  const text = JSON.stringify(CLAIMS).replace(/"exp":\d+/, '"\\u0065xp":1800000840.0');
  return jwt('claims/exp-escaped-with-fraction-of-zero', 'token_malformed', token(HEADER, text, es256), {
    attacks: [41],
  });
}

/** Attacks 40 to 43: times. */
function times(): Entry[] {
  const types: Record<string, unknown> = {
    string: String(NOW + 840),
    float: NOW + 840.5,
    true: true,
    null: null,
    array: [NOW + 840],
    object: { value: NOW + 840 },
    'beyond-2-53': 2 ** 53 + 2,
  };
  const wrongTypes = ['exp', 'iat', 'nbf'].flatMap((name) =>
    Object.entries(types).map(([type, value]) =>
      claim(`${name}-${type}`, 'token_malformed', { [name]: value }, [41]),
    ),
  );
  const at = (tolerance: number): Claims => ({ tolerance });
  return [
    ...wrongTypes,
    claim('exp-missing', 'token_malformed', { exp: undefined }, [40]),
    claim('iat-missing', 'token_malformed', { iat: undefined }, [42]),
    claim('exp-zero', 'token_expired', { exp: 0 }, [41]),
    claim('exp-negative', 'token_malformed', { exp: -1 }, [41]),
    literal('exp-1e999', 'token_malformed', 'exp', '1e999', [35, 41]),
    literal('exp-minus-zero', 'token_malformed', 'exp', '-0', [35, 41]),
    literal('exp-with-fraction-of-zero', 'token_malformed', 'exp', '1800000840.0', [41]),
    literal('exp-with-exponent', 'token_malformed', 'exp', '180000084e1', [41]),
    escapedFraction(),
    claim('exp-float-of-another-object', 'accept', { x: { exp: 1.5, ver: [0.5] } }),
    literal('iat-with-fraction-of-zero', 'token_malformed', 'iat', '1799999940.0', [41]),
    literal('nbf-with-exponent', 'token_malformed', 'nbf', '1.7e9', [41]),
    literal('exp-huge', 'token_malformed', 'exp', '9'.repeat(400), [35, 41]),
    literal('exp-twenty-digits', 'token_malformed', 'exp', '99999999999999999999', [35, 41]),
    literal('iat-1e400', 'token_malformed', 'iat', '1e400', [35]),
    // RFC 7519 section 4.1.4: on or after the time, the token must not be accepted.
    claim('exp-in-a-second', 'accept', { exp: NOW + 1 }, [], at(0)),
    claim('exp-now', 'token_expired', { exp: NOW }, [42], at(0)),
    claim('exp-a-second-ago', 'token_expired', { exp: NOW - 1 }, [42], at(0)),
    claim('exp-within-the-tolerance', 'accept', { exp: NOW - 4 }, [], at(5)),
    claim('exp-at-the-tolerance', 'token_expired', { exp: NOW - 5 }, [42], at(5)),
    claim('exp-within-the-longest-tolerance', 'accept', { exp: NOW - 59 }, [], at(60)),
    claim('exp-at-the-longest-tolerance', 'token_expired', { exp: NOW - 60 }, [42], at(60)),
    claim('exp-an-hour-ago', 'token_expired', { iat: NOW - 4500, exp: NOW - 3600 }, [42]),
    claim('nbf-now', 'accept', { nbf: NOW }, [], at(0)),
    claim('nbf-in-a-second', 'token_not_yet_valid', { nbf: NOW + 1 }, [42], at(0)),
    claim('nbf-at-the-tolerance', 'accept', { nbf: NOW + 5 }, [], at(5)),
    claim('nbf-beyond-the-tolerance', 'token_not_yet_valid', { nbf: NOW + 6 }, [42], at(5)),
    claim('iat-now', 'accept', { iat: NOW }, [], at(0)),
    claim('iat-in-a-second', 'token_not_yet_valid', { iat: NOW + 1 }, [42], at(0)),
    claim('iat-at-the-tolerance', 'accept', { iat: NOW + 5 }, [], at(5)),
    claim('iat-beyond-the-tolerance', 'token_not_yet_valid', { iat: NOW + 6 }, [42], at(5)),
    claim('iat-in-a-year', 'token_not_yet_valid', { iat: NOW + 31_536_000, exp: NOW + 31_536_900 }, [42]),
    claim('tolerance-sixty-one', 'reject', {}, [43], at(61)),
    claim('tolerance-a-day', 'reject', { exp: NOW - 3600 }, [43], at(86_400)),
    claim('tolerance-negative', 'reject', {}, [43], at(-1)),
    claim('tolerance-string', 'reject', {}, [43], { tolerance: '5' }),
  ];
}

/** Attack 44: the issuer, exactly. */
function issuers(): Entry[] {
  const others: Record<string, string> = {
    other: 'https://attacker.example',
    prefix: 'https://auth.example.co',
    'with-suffix': 'https://auth.example.com.attacker.example',
    'with-path': 'https://auth.example.com/tenant',
    'with-trailing-slash': 'https://auth.example.com/',
    'with-port': 'https://auth.example.com:443',
    'in-upper-case': 'HTTPS://AUTH.EXAMPLE.COM',
    'over-http': 'http://auth.example.com',
    'with-userinfo': 'https://auth.example.com@attacker.example',
    'with-space': ' https://auth.example.com',
    'with-nul': 'https://auth.example.com\u0000',
    'with-trailing-dot': 'https://auth.example.com.',
    'with-fullwidth-dot': 'https://auth\uff0eexample.com',
    substring: 'auth.example.com',
  };
  return [
    ...Object.entries(others).map(([name, iss]) =>
      claim(`issuer-${name}`, 'token_wrong_issuer', { iss }, [44]),
    ),
    claim('issuer-of-staging', 'token_wrong_issuer', { iss: 'https://auth.staging.example.com' }, [49]),
    claim('issuer-empty', 'token_malformed', { iss: '' }, [44]),
    claim('issuer-missing', 'token_malformed', { iss: undefined }, [44]),
    claim('issuer-array', 'token_malformed', { iss: [ISSUER] }, [44]),
    claim('issuer-array-with-ours', 'token_malformed', { iss: ['https://attacker.example', ISSUER] }, [44]),
    claim('issuer-object', 'token_malformed', { iss: { 0: ISSUER } }, [44]),
    claim('issuer-null', 'token_malformed', { iss: null }, [44]),
    claim('issuer-number', 'token_malformed', { iss: 1 }, [44]),
    claim('issuer-boolean', 'token_malformed', { iss: true }, [44]),
  ];
}

/** Attack 45: the audience, an exact member. */
function audiences(): Entry[] {
  const others: Record<string, unknown> = {
    other: 'https://other.example.com',
    substring: 'https://api.example.co',
    'with-suffix': 'https://api.example.com.attacker.example',
    'with-path': 'https://api.example.com/v1',
    'with-trailing-slash': 'https://api.example.com/',
    'in-upper-case': 'HTTPS://API.EXAMPLE.COM',
    'list-of-others': ['https://other.example.com', 'https://api.example.com/'],
    'list-of-letters': AUDIENCE.split(''),
    'comma-joined': `https://other.example.com,${AUDIENCE}`,
    'space-joined': `https://other.example.com ${AUDIENCE}`,
  };
  const malformed: Record<string, unknown> = {
    missing: undefined,
    null: null,
    number: 1,
    boolean: true,
    object: { [AUDIENCE]: true },
    'list-with-number': [AUDIENCE, 1],
    'list-in-list': [[AUDIENCE]],
  };
  return [
    ...Object.entries(others).map(([name, aud]) =>
      claim(`audience-${name}`, 'token_wrong_audience', { aud }, [45]),
    ),
    ...Object.entries(malformed).map(([name, aud]) =>
      claim(`audience-${name}`, 'token_malformed', { aud }, [45]),
    ),
    claim('audience-empty', 'token_malformed', { aud: '' }, [45]),
    claim('audience-list-empty', 'reject', { aud: [] }, [45]),
    claim(
      'audience-of-production-issuer-of-staging',
      'token_wrong_issuer',
      {
        iss: 'https://auth.staging.example.com',
      },
      [49],
    ),
    claim('audience-of-staging', 'token_wrong_audience', { aud: 'https://api.staging.example.com' }, [49]),
  ];
}

/** Attack 46: only an access token is one (RFC 9068 sections 2.1 and 4). */
function types(): Entry[] {
  const typed = (name: string, expect: string, typ: unknown): Entry =>
    jwt(`claims/type-${name}`, expect, accessToken({}, { typ }), {
      attacks: expect === 'accept' ? [] : [46],
    });
  const others: Record<string, string> = {
    jwt: 'JWT',
    'jwt-lower-case': 'jwt',
    'id-token': 'id+jwt',
    'refresh-token': 'refresh+jwt',
    'reset-token': 'reset+jwt',
    'email-token': 'email+jwt',
    'csrf-token': 'csrf+jwt',
    revocations: 'revocations+jwt',
    'logout-token': 'logout+jwt',
    dpop: 'dpop+jwt',
    'prefix-of-ours': 'at+jw',
    'ours-with-suffix': 'at+jwt2',
    'ours-with-space': 'at+jwt ',
    'ours-with-parameter': 'at+jwt; charset=utf-8',
    'ours-with-other-tree': 'text/at+jwt',
    'application-alone': 'application/',
  };
  return [
    typed('access-token', 'accept', 'at+jwt'),
    // RFC 9068 section 4: "at+jwt" or "application/at+jwt".
    typed('access-token-media-type', 'accept', 'application/at+jwt'),
    ...Object.entries(others).map(([name, typ]) => typed(name, 'token_wrong_type', typ)),
    typed('missing', 'token_wrong_type', undefined),
    typed('empty', 'token_wrong_type', ''),
    typed('null', 'token_malformed', null),
    typed('number', 'token_malformed', 1),
    typed('array', 'token_malformed', ['at+jwt']),
  ];
}

/** Attack 48, and the claims that every access token has. */
function required(): Entry[] {
  const names = ['sub', 'sid', 'ver', 'jti', 'client_id', 'auth_time', 'amr', 'roles'];
  const wrong: Record<string, unknown[]> = {
    sub: [1, null, ['x'], {}, true],
    sid: [1, null],
    ver: ['1', 1.5, null, -1],
    jti: [1, null],
    client_id: [1, null],
    auth_time: ['1', null, 1.5],
    amr: ['pwd', [1], null],
    roles: ['admin', [1], { admin: true }, null, [['admin']]],
    csrf: [1, null],
  };
  return [
    ...names.map((name) =>
      claim(`${name}-missing`, 'token_malformed', { [name]: undefined }, name === 'sub' ? [48] : []),
    ),
    ...Object.entries(wrong).flatMap(([name, values]) =>
      values.map((value) =>
        claim(`${name}-${describe(value)}`, 'token_malformed', { [name]: value }, name === 'sub' ? [48] : []),
      ),
    ),
    claim('sub-empty', 'token_malformed', { sub: '' }, [48]),
    // RFC 9068 section 5: a subject must not be taken for a client.
    claim('sub-same-as-client-id', 'token_malformed', { sub: 'native' }, [48]),
    claim('sub-same-as-other-client-id', 'token_malformed', { sub: 'web', client_id: 'web' }, [48]),
    claim('csrf-too-short', 'token_malformed', { csrf: 'AAECAwQFBgcICQoLDA0O' }),
    claim('csrf-empty', 'token_malformed', { csrf: '' }),
    claim('csrf-with-padding', 'token_malformed', { csrf: 'AAECAwQFBgcICQoLDA0ODw==' }),
    // RFC 9449 section 6.1, RFC 8705 section 3.1: bound to a key that a bearer does not prove.
    claim(
      'bound-to-a-key',
      'token_untrusted',
      { cnf: { jkt: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' } },
      [52],
    ),
    claim(
      'bound-to-a-certificate',
      'token_untrusted',
      { cnf: { 'x5t#S256': 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' } },
      [52],
    ),
  ];
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `list-of-${describe(value[0])}`;
  if (typeof value === 'number')
    return Number.isInteger(value) ? (value < 0 ? 'negative' : 'number') : 'float';
  return typeof value;
}

/** Where several checks fail, the first in the order of the contract names the code. */
function order(): Entry[] {
  const other = signer('ES256', 'p256-other');
  const forged = (claims: Claims, header: Claims = {}): string =>
    token({ ...HEADER, ...header }, { ...CLAIMS, ...claims }, other);
  const rows: readonly [name: string, expect: string, text: string][] = [
    ['signature-before-expiry', 'token_untrusted', forged({ exp: NOW - 3600 })],
    ['signature-before-claims', 'token_untrusted', forged({ exp: 'soon' })],
    ['signature-before-issuer', 'token_untrusted', forged({ iss: 'https://attacker.example' })],
    ['signature-before-json-of-claims', 'token_untrusted', token(HEADER, '{', other)],
    ['type-before-signature', 'token_wrong_type', forged({}, { typ: 'JWT' })],
    ['type-before-key', 'token_wrong_type', forged({}, { typ: 'JWT', kid: 'unknown' })],
    ['type-before-algorithm', 'token_wrong_type', forged({}, { typ: 'JWT', alg: 'RS256' })],
    ['form-before-type', 'token_malformed', `${forged({}, { typ: 'JWT' })}=`],
    ['algorithm-before-key', 'token_untrusted', forged({}, { alg: 'RS256', kid: 'unknown' })],
    ['shape-before-expiry', 'token_malformed', accessToken({ exp: NOW - 3600, sub: undefined })],
    ['shape-before-issuer', 'token_malformed', accessToken({ iss: 'https://attacker.example', sub: 1 })],
    [
      'expiry-before-issuer',
      'token_expired',
      accessToken({ exp: NOW - 3600, iss: 'https://attacker.example' }),
    ],
    [
      'expiry-before-audience',
      'token_expired',
      accessToken({ exp: NOW - 3600, aud: 'https://other.example.com' }),
    ],
    [
      'start-before-issuer',
      'token_not_yet_valid',
      accessToken({ nbf: NOW + 60, iss: 'https://attacker.example' }),
    ],
    [
      'issuer-before-audience',
      'token_wrong_issuer',
      accessToken({ iss: 'https://attacker.example', aud: 'https://other.example.com' }),
    ],
  ];
  return rows.map(([name, expect, text]) =>
    jwt(`claims/${name}`, expect, text, { jwks: { keys: [publicKey('p256', { alg: 'ES256' })] } }),
  );
}

/** The claims of an access token (RFC 7519 section 4.1, RFC 9068 sections 2.2, 4 and 5). */
export function claims(): Entry[] {
  return [...accepted(), ...times(), ...issuers(), ...audiences(), ...types(), ...required(), ...order()];
}
