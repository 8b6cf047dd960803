import { gzipSync } from 'node:zlib';
import { CompactEncrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  APP,
  AUDIENCE,
  COOKIE,
  COOKIE_CLAIMS,
  ISSUER,
  KEY,
  base64url,
  claims,
  judge,
  request,
  token,
  tokenOf,
  tokenUnder,
  verdict,
  verifierOf,
} from '../support.ts';

const HEADER = `"alg":"ES256","kid":"${KEY.kid}","typ":"at+jwt"`;
const PAYLOAD = JSON.stringify(claims());

describe('attack 23: critical extensions', () => {
  it.each([[['exp']], [['x']], [[]], [['alg']], [['b64']], ['exp'], [null], [{}], [0], [['']]])(
    'attack 23: crit %j',
    async (crit) => {
      expect(await judge(token({}, { crit }))).toBe('token_malformed');
      expect(await judge(token({}, { crit, exp: 1, x: 1 }))).toBe('token_malformed');
    },
  );
});

it.each([[false], [true], ['false'], [null]])('attack 24: b64 %j', async (b64) => {
  expect(await judge(token({}, { b64 }))).toBe('token_malformed');
  expect(await judge(token({}, { b64, crit: ['b64'] }))).toBe('token_malformed');
});

describe('attack 25: duplicate names', () => {
  it.each([
    ['in the header', tokenUnder(`{${HEADER},"alg":"ES256"}`)],
    ['in the header, the first being none', tokenUnder(`{"alg":"none",${HEADER}}`)],
    ['in the header, written with an escape', tokenUnder(`{${HEADER},"\\u0061lg":"none"}`)],
    ['in the claims', tokenOf(PAYLOAD.replace('{', '{"sub":"somebody-else",'))],
    ['in the claims, the same value', tokenOf(PAYLOAD.replace('{', '{"ver":1,'))],
    ['in the claims, written with an escape', tokenOf(PAYLOAD.replace('{', '{"s\\u0075b":"somebody-else",'))],
    ['deep inside a claim', tokenOf(PAYLOAD.replace('{', '{"extra":{"a":1,"a":2},'))],
  ])('attack 25: %s', async (_name, text) => {
    expect(await judge(text)).toBe('token_malformed');
  });
});

describe('attack 26: other serialisations', () => {
  const [header, payload, signature] = token().split('.') as [string, string, string];
  it.each([
    ['flattened JSON', JSON.stringify({ protected: header, payload, signature })],
    ['general JSON', JSON.stringify({ payload, signatures: [{ protected: header, signature }] })],
    ['JSON around a compact token', `{"a":"${token()}"}`],
    ['JSON before a compact token (CVE-2022-39227)', `{"protected":"${header}"}.${payload}.${signature}`],
    ['compact parts with JSON between', `${header}.{"x":1}.${signature}`],
    ['a list', JSON.stringify([token()])],
    ['quotes around it', JSON.stringify(token())],
  ])('attack 26: %s', async (_name, text) => {
    expect(await judge(text)).toBe('token_malformed');
  });
});

describe('attacks 27 to 29: encrypted tokens are never opened', () => {
  const encrypt = (
    header: Parameters<CompactEncrypt['setProtectedHeader']>[0],
    key: Parameters<CompactEncrypt['encrypt']>[0],
  ) => new CompactEncrypt(Buffer.from(PAYLOAD)).setProtectedHeader(header).encrypt(key);
  it('attack 27: a JWE for the public key', async () => {
    const text = await encrypt({ alg: 'ECDH-ES', enc: 'A256GCM', kid: KEY.kid }, KEY.publicKey);
    expect(await judge(text)).toBe('token_malformed');
  });
  it('attack 27: three parts whose header is that of a JWE', async () => {
    expect(await judge(token({}, { alg: 'ECDH-ES', enc: 'A256GCM' }))).toBe('token_untrusted');
    expect(await judge(token({}, { alg: 'dir', enc: 'A256GCM' }))).toBe('token_untrusted');
    expect(await judge(`${token()}..`)).toBe('token_malformed');
    expect(await judge(`${token()}.`)).toBe('token_malformed');
  });
  it('attack 28: a compressed bomb', async () => {
    const bomb = base64url(gzipSync(Buffer.alloc(1_000_000)));
    const header = base64url('{"alg":"dir","enc":"A256GCM","zip":"DEF"}');
    expect(await judge(`${header}..AAAA.${bomb}.AAAA`)).toBe('token_malformed');
    expect(await judge(tokenOf(gzipSync(Buffer.alloc(1_000_000)), { zip: 'DEF' }))).toBe('token_malformed');
  });
  it('attack 29: a huge count of iterations', async () => {
    const header = { alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2_147_483_647, p2s: 'AAAAAAAAAAA' };
    expect(await judge(`${base64url(JSON.stringify(header))}.AAAA.AAAA.AAAA.AAAA`)).toBe('token_malformed');
    expect(await judge(token({}, header))).toBe('token_untrusted');
  });
});

it.each(['JWT', 'jwt', 'application/jwt'])('attack 30: a nested token, cty %j', async (cty) => {
  expect(await judge(tokenOf(token(), { cty }))).toBe('token_malformed');
  expect(await judge(tokenOf(PAYLOAD, { cty }))).toBe('token_malformed');
  expect(await judge(tokenOf(JSON.stringify(token()), {}))).toBe('token_malformed');
});

describe('attack 31: only the letters of base64url', () => {
  const strange = [
    ' ',
    '\n',
    '\r\n',
    '\t',
    '=',
    '==',
    '+',
    '/',
    '?',
    '\u0000',
    'é',
    '\u0141',
    '😀',
    '%41',
    '.',
    '\u00a0',
    '~',
  ];
  it.each(strange)('attack 31: %j inside, before and after each part', async (insert) => {
    const whole = token();
    const parts = whole.split('.');
    const places = parts.flatMap((part, i) =>
      [0, 4, 5, part.length].map((at) =>
        parts.map((other, j) => (i === j ? other.slice(0, at) + insert + other.slice(at) : other)).join('.'),
      ),
    );
    for (const text of places) expect(await judge(text)).toBe('token_malformed');
  });
  it('attack 31: letters of the other alphabet in the place of their twins', async () => {
    // Enough tokens that both letters turn up in a part of one.
    for (let i = 0, found = 0; found < 2; i++) {
      const text = token({ jti: `j${String(i)}~~~???>>>` });
      const other = text.replaceAll('-', '+').replaceAll('_', '/');
      if (other === text) continue;
      found++;
      expect(await judge(other)).toBe('token_malformed');
    }
  });
  it('attack 31: padding of a part to a multiple of four', async () => {
    const parts = token()
      .split('.')
      .map((part) => part.padEnd(Math.ceil(part.length / 4) * 4, '='));
    expect(await judge(parts.join('.'))).toBe('token_malformed');
  });
});

describe('attack 32: stray bits at the end', () => {
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const stray = (part: string): string =>
    part.slice(0, -1) + (LETTERS[LETTERS.indexOf(part.slice(-1)) + 1] ?? '');
  it('attack 32: in the signature and in the payload', async () => {
    // 64 bytes fill 86 letters with 4 bits left over, which are zero in the canonical form.
    const [header, payload, signature] = token().split('.') as [string, string, string];
    expect(await judge(`${header}.${payload}.${stray(signature)}`)).toBe('token_malformed');
    const padding = ['', 'x', 'xx'].map((extra) => base64url(`${PAYLOAD}${' '.repeat(extra.length)}`));
    const open = padding.find((text) => text.length % 4 !== 0) ?? '';
    expect(await judge(`${header}.${stray(open)}.${signature}`)).toBe('token_malformed');
  });
  it('attack 32: a single letter is no byte', async () => {
    expect(await judge(token().replace(/\.[^.]*$/, '.A'))).toBe('token_malformed');
    expect(await judge(token().replace(/\.[^.]*$/, '.AB'))).toBe('token_malformed');
  });
});

describe('attack 33: only UTF-8 without a mark', () => {
  const json = Buffer.from(PAYLOAD);
  const bom = Buffer.from([0xef, 0xbb, 0xbf]);
  it.each([
    ['a byte order mark', Buffer.concat([bom, json])],
    ['UTF-16LE', Buffer.from(PAYLOAD, 'utf16le')],
    ['UTF-16LE with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(PAYLOAD, 'utf16le')])],
    ['UTF-32', Buffer.from(Array.from(Buffer.from(PAYLOAD)).flatMap((byte) => [byte, 0, 0, 0]))],
    ['an invalid byte in a claim', Buffer.from(PAYLOAD.replace('user', 'us\u00e9r'), 'latin1')],
    ['an overlong quote', Buffer.concat([json.subarray(0, -1), Buffer.from([0x2c, 0xc0, 0xa2])])],
    ['a lone surrogate as an escape', Buffer.from(PAYLOAD.replace('user', '\\ud800'))],
    ['a lone surrogate in a name', Buffer.from(PAYLOAD.replace('{', '{"\\udc00":1,'))],
    [
      'a surrogate in UTF-8',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ],
  ])('attack 33: %s in the claims', async (_name, payload) => {
    expect(await judge(tokenOf(payload))).toBe('token_malformed');
  });
  it('attack 33: in the header', async () => {
    const header = Buffer.from(`{${HEADER}}`);
    expect(await judge(tokenUnder(Buffer.concat([bom, header])))).toBe('token_malformed');
    expect(await judge(tokenUnder(`{${HEADER},"x":"\\ud800"}`))).toBe('token_malformed');
    expect(await judge(tokenUnder(Buffer.from(`{${HEADER},"x":"é"}`, 'latin1')))).toBe('token_malformed');
    expect(await judge(tokenUnder(`{${HEADER},"x":"é😀"}`))).toBe('accept');
  });
});

it.each([
  '[]',
  '[{}]',
  '"text"',
  '1',
  'null',
  'true',
  '',
  ' ',
  '{',
  '{}x',
  `[${PAYLOAD}]`,
  `${PAYLOAD}${PAYLOAD}`,
])('attack 34: the payload %j is no object', async (payload) => {
  expect(await judge(tokenOf(payload))).toBe('token_malformed');
});

describe('attack 35: structures and numbers that break parsers', () => {
  it.each([
    ['100,000 arrays', '['.repeat(100_000)],
    ['arrays as deep as the length allows', `{"a":${'['.repeat(2500)}${']'.repeat(2500)}}`],
    ['objects as deep as the length allows', `${'{"a":'.repeat(800)}1${'}'.repeat(800)}`],
    ['1e400', PAYLOAD.replace('{', '{"x":1e400,')],
    ['-0', PAYLOAD.replace('{', '{"x":-0,')],
    ['an integer beyond 2^53', PAYLOAD.replace('{', '{"x":9007199254740993,')],
    ['a number of 3,000 digits', PAYLOAD.replace('{', `{"x":${'9'.repeat(3000)},`)],
  ])('attack 35: %s', async (_name, payload) => {
    expect(await judge(tokenOf(payload))).toBe('token_malformed');
  });
  it('attack 35: in the header', async () => {
    expect(await judge(tokenUnder(`{${HEADER},"x":${'['.repeat(2000)}${']'.repeat(2000)}}`))).toBe(
      'token_malformed',
    );
    expect(await judge(tokenUnder(`{${HEADER},"x":1e999}`))).toBe('token_malformed');
  });
});

describe('attack 36: length comes first', () => {
  it('attack 36: a million dots, and 100 MB of letters', async () => {
    const started = performance.now();
    expect(await judge('.'.repeat(1_000_000))).toBe('token_malformed');
    expect(await judge('A'.repeat(100_000_000))).toBe('token_malformed');
    // Far above what a look at the length takes, far below what a look at the letters does.
    expect(performance.now() - started).toBeLessThan(1000);
  });
  it('attack 36: 8 KiB are taken and one byte more is not', async () => {
    const size = (filler: number): string => token({ x: 'x'.repeat(filler) });
    let filler = 5000;
    while (size(filler).length < 8192) filler++;
    const exact = size(filler);
    expect(exact.length).toBeLessThanOrEqual(8193);
    expect(await judge(exact)).toBe(exact.length === 8192 ? 'accept' : 'token_malformed');
    expect(await judge(size(filler - 1))).toBe('accept');
    expect(await judge(size(filler + 2))).toBe('token_malformed');
  });
  it.each(['', '.', '..', '...', 'a', 'a.b', 'a.b.c.d'])(
    'attack 36: %j has no three parts of a token',
    async (text) => {
      expect(await judge(text)).toBe('token_malformed');
    },
  );
});

describe('attack 37: no pollution of prototypes', () => {
  it.each([
    '{"__proto__":{"admin":true,"roles":["admin"]},',
    '{"constructor":{"prototype":{"admin":true}},',
    '{"extra":{"__proto__":{"admin":true}},',
  ])('attack 37: %s', async (start) => {
    const principal = await verifierOf().verifyRequest(
      request({ authorization: `Bearer ${tokenOf(PAYLOAD.replace('{', start))}` }),
    );
    expect(principal.hasRole('admin')).toBe(false);
    expect(principal.roles).toEqual(['user']);
    expect(Object.getPrototypeOf(principal.claims)).toBe(Object.prototype);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect((principal.claims as unknown as { admin?: boolean }).admin).toBeUndefined();
  });
  it('attack 37: a claim cannot come from a prototype', async () => {
    const text = tokenOf(PAYLOAD.replace('{', '{"__proto__":{"nbf":1},').replace('"sub":', '"sub2":'));
    expect(await judge(text)).toBe('token_malformed');
  });
});

describe('attack 38: two tokens in one request', () => {
  const bearer = token();
  const cookie = token(COOKIE_CLAIMS);
  const check = (headers: Record<string, string | readonly string[]>): Promise<string> =>
    verdict(() => verifierOf().verifyRequest(request(headers)));
  it.each<[string, Record<string, string | readonly string[]>]>([
    ['a header and a cookie', { authorization: `Bearer ${bearer}`, cookie: `${COOKIE}=${cookie}` }],
    ['the same token in both', { authorization: `Bearer ${cookie}`, cookie: `${COOKIE}=${cookie}` }],
    ['a header and an empty cookie', { authorization: `Bearer ${bearer}`, cookie: `${COOKIE}=` }],
    ['two headers', { authorization: [`Bearer ${bearer}`, `Bearer ${bearer}`] }],
    ['two headers of different schemes', { authorization: ['Basic eDp5', `Bearer ${bearer}`] }],
    ['two tokens in one header', { authorization: `Bearer ${bearer}, Bearer ${bearer}` }],
    ['two tokens joined without a space', { authorization: `Bearer ${bearer},Bearer ${bearer}` }],
    ['another scheme before it', { authorization: `Basic eDp5, Bearer ${bearer}` }],
    ['two cookies', { cookie: `${COOKIE}=${cookie}; ${COOKIE}=${cookie}` }],
    ['two cookies, one of them broken', { cookie: `${COOKIE}=x; a=b;${COOKIE}=${cookie}` }],
    ['a cookie token in the header', { authorization: `Bearer ${cookie}` }],
    ['a bearer token in the cookie', { cookie: `${COOKIE}=${bearer}` }],
  ])('attack 38: %s', async (_name, headers) => {
    expect(await check(headers)).toBe('credentials_ambiguous');
  });
  it('attack 38: one token in its channel is taken, in any case of the scheme', async () => {
    expect(await check({ authorization: `Bearer ${bearer}` })).toBe('accept');
    expect(await check({ authorization: `bearer ${bearer}` })).toBe('accept');
    expect(await check({ authorization: `BEARER   ${bearer}` })).toBe('accept');
    expect(await check({ cookie: `a=b; ${COOKIE}=${cookie}` })).toBe('accept');
    expect(await check({ authorization: 'Basic eDp5', cookie: `${COOKIE}=${cookie}` })).toBe('accept');
  });
  it.each(['Bearer', 'Bearer ', 'Bearer\tx', 'Bearer  ', 'bearer=x', `Bearer ${bearer} ${bearer}`])(
    'attack 38: the broken credential %j is refused and does not count as none',
    async (authorization) => {
      expect(await check({ authorization })).toBe('token_malformed');
    },
  );
});

it('attack 39: a token in the query string, the fragment or the body is never read', async () => {
  const asked: string[] = [];
  const text = token();
  const facts = {
    method: 'POST',
    url: `/me?access_token=${text}#access_token=${text}`,
    query: { access_token: text },
    body: { access_token: text },
    header: (name: string): string | undefined => {
      asked.push(name);
      return { referer: `${APP}/?access_token=${text}`, 'x-access-token': text, token: text }[name];
    },
  };
  expect(await verdict(() => verifierOf().verifyRequest(facts))).toBe('credentials_missing');
  expect(asked.sort()).toEqual(['authorization', 'cookie']);
});

it('holds every refusal free of the token and of what is in it', async () => {
  const canary = 'canary-5519';
  const texts = [
    token({ sub: canary, exp: 1 }),
    token({ sub: canary, aud: canary, iss: ISSUER }),
    token({ sub: canary }, { kid: canary }),
    token({ sub: canary }, { typ: canary }),
    tokenOf(`{"${canary}":`),
    `${canary}.${canary}.${canary}`,
    token({ sub: canary, roles: [canary], aud: AUDIENCE }).slice(0, -1),
  ];
  for (const text of texts) {
    const error: unknown = await Promise.resolve()
      .then(() => verifierOf().verifyRequest(request({ authorization: `Bearer ${text}` })))
      .catch((reason: unknown) => reason);
    const { message, stack, cause, headers } = error as Error & { headers: unknown };
    const shown = JSON.stringify([message, stack, String(cause), headers, error]);
    expect(shown).toContain('VerificationError');
    expect(shown).not.toContain(canary);
    for (const part of text.split('.').filter((p) => p.length > 8)) expect(shown).not.toContain(part);
  }
});
