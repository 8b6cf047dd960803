import { CLAIMS, encode, es256, HEADER, jws, jwt, PAYLOAD, token, type Entry } from './tokens.ts';

/** A header's or a payload's own text, its last brace cut off so that members can follow. */
function open(object: unknown): string {
  return JSON.stringify(object).slice(0, -1);
}

function withHeader(text: string | Uint8Array): string {
  return token(text, PAYLOAD, es256);
}

function withClaims(text: string | Uint8Array): string {
  return token(HEADER, text, es256);
}

/** Attacks 23 and 24: extensions that must be understood, of which there are none. */
function extensions(): Entry[] {
  const rows: Record<string, Record<string, unknown>> = {
    'crit-unknown': { crit: ['https://example.com/unknown'], 'https://example.com/unknown': true },
    'crit-absent-member': { crit: ['absent'] },
    'crit-registered-member': { crit: ['alg'] },
    'crit-exp': { crit: ['exp'], exp: 1_900_000_000 },
    'crit-empty': { crit: [] },
    'crit-string': { crit: 'exp', exp: 1 },
    'crit-null': { crit: null },
    'crit-number': { crit: 1 },
    'crit-object': { crit: { b64: false } },
    'crit-of-numbers': { crit: [1] },
    'crit-twice-the-same': { crit: ['x', 'x'], x: 1 },
    'crit-false': { crit: false },
    'b64-false': { b64: false, crit: ['b64'] },
    'b64-false-without-crit': { b64: false },
    'b64-true': { b64: true, crit: ['b64'] },
    'b64-true-without-crit': { b64: true },
    'b64-string': { b64: 'false' },
  };
  return Object.entries(rows).flatMap(([name, members]) => {
    const attacks = [name.startsWith('b64') ? 24 : 23];
    return [
      jws(
        `json/${name}`,
        'token_malformed',
        token({ alg: 'ES256', kid: 'p256', ...members }, PAYLOAD, es256),
        {
          attacks,
        },
      ),
      jwt(
        `json/${name}-in-access-token`,
        'token_malformed',
        token({ ...HEADER, ...members }, CLAIMS, es256),
        {
          attacks,
        },
      ),
    ];
  });
}

/** Attack 25: one name twice. */
function duplicates(): Entry[] {
  const header = (id: string, text: string): Entry =>
    jws(`json/${id}`, 'token_malformed', withHeader(text), { attacks: [25] });
  const claims = (id: string, text: string): Entry =>
    jwt(`json/${id}`, 'token_malformed', withClaims(text), { attacks: [25] });
  return [
    header('header-duplicate-alg', '{"alg":"ES256","alg":"ES256","kid":"p256"}'),
    header('header-duplicate-alg-none-first', '{"alg":"none","alg":"ES256","kid":"p256"}'),
    header('header-duplicate-alg-none-last', '{"alg":"ES256","kid":"p256","alg":"none"}'),
    header('header-duplicate-kid', '{"alg":"ES256","kid":"other","kid":"p256"}'),
    header('header-duplicate-alg-escaped', '{"alg":"ES256","\\u0061lg":"ES256","kid":"p256"}'),
    header('header-duplicate-unknown', '{"alg":"ES256","kid":"p256","x":1,"x":2}'),
    header('header-duplicate-apart', '{"alg":"ES256","x":{"alg":1},"kid":"p256" , "alg" : "ES256"}'),
    claims('claims-duplicate-sub', `${open(CLAIMS)},"sub":"someone-else"}`),
    claims('claims-duplicate-exp', `${open(CLAIMS)},"exp":1900000000}`),
    claims('claims-duplicate-roles', `${open(CLAIMS)},"roles":["admin"]}`),
    claims('claims-duplicate-exp-escaped', `${open(CLAIMS)},"\\u0065xp":1900000000}`),
    claims('claims-duplicate-same-value', `${open(CLAIMS)},"sub":${JSON.stringify(CLAIMS['sub'])}}`),
    claims('claims-duplicate-unknown', `${open(CLAIMS)},"x":1,"x":1}`),
    claims('claims-duplicate-empty-name', `${open(CLAIMS)},"":1,"":2}`),
    claims('claims-duplicate-proto', `${open(CLAIMS)},"__proto__":1,"__proto__":2}`),
    jwt('json/claims-same-name-at-two-depths', 'accept', withClaims(`${open(CLAIMS)},"x":{"sub":1,"x":2}}`)),
    jwt('json/claims-name-inside-a-string', 'accept', withClaims(`${open(CLAIMS)},"x":"\\",\\"sub\\":1"}`)),
  ];
}

/** Texts that are no JSON (RFC 8259), or bytes that are no text. Each as a header and as a payload. */
function brokenTexts(): Entry[] {
  const broken = (whole: string): Record<string, [string | Buffer, number]> => ({
    empty: ['', 34],
    'open-brace': ['{', 34],
    truncated: [whole.slice(0, -1), 34],
    'trailing-comma': [`${whole.slice(0, -1)},}`, 34],
    'trailing-text': [`${whole}x`, 34],
    'trailing-object': [`${whole}{}`, 34],
    'trailing-nul': [`${whole}\u0000`, 34],
    comment: [`${whole.slice(0, -1)}/* */}`, 34],
    'single-quotes': [whole.replaceAll('"', "'"), 34],
    'name-without-quotes': [`${whole.slice(0, -1)},x:1}`, 34],
    'not-a-number': [`${whole.slice(0, -1)},"x":NaN}`, 35],
    infinity: [`${whole.slice(0, -1)},"x":Infinity}`, 35],
    'leading-zero': [`${whole.slice(0, -1)},"x":01}`, 35],
    'plus-sign': [`${whole.slice(0, -1)},"x":+1}`, 35],
    hexadecimal: [`${whole.slice(0, -1)},"x":0x1}`, 35],
    'control-character': [`${whole.slice(0, -1)},"x":"\u0001"}`, 33],
    'line-feed-in-string': [`${whole.slice(0, -1)},"x":"\n"}`, 33],
    'bad-escape': [`${whole.slice(0, -1)},"x":"\\q"}`, 33],
    'short-escape': [`${whole.slice(0, -1)},"x":"\\u12"}`, 33],
    'byte-order-mark': [`\ufeff${whole}`, 33],
    'utf-16': [Buffer.from(`\ufeff${whole}`, 'utf16le'), 33],
    'utf-16-without-mark': [Buffer.from(whole, 'utf16le'), 33],
    'invalid-utf-8': [bytes(whole, [0xff]), 33],
    'overlong-utf-8': [bytes(whole, [0xc0, 0xaf]), 33],
    'surrogate-in-utf-8': [bytes(whole, [0xed, 0xa0, 0x80]), 33],
    'truncated-utf-8': [bytes(whole, [0xe2, 0x82]), 33],
    'lone-surrogate-escape': [`${whole.slice(0, -1)},"x":"\\ud800"}`, 33],
    'lone-surrogate-in-name': [`${whole.slice(0, -1)},"\\udc00":1}`, 33],
    'unfinished-nesting': ['['.repeat(2000), 35],
    array: [`[${whole}]`, 34],
    string: [JSON.stringify(whole), 34],
    number: ['1', 34],
    null: ['null', 34],
    true: ['true', 34],
    'two-lines': [`${whole}\n${whole}`, 34],
    'no-break-space': [`\u00a0${whole}`, 33],
  });
  const headers = Object.entries(broken(JSON.stringify({ alg: 'ES256', kid: 'p256' })));
  const payloads = Object.entries(broken(JSON.stringify(CLAIMS)));
  return [
    ...headers.map(([name, [text, attack]]) =>
      jws(`json/header-${name}`, 'token_malformed', withHeader(text), { attacks: [attack] }),
    ),
    ...payloads.map(([name, [text, attack]]) =>
      jwt(`json/claims-${name}`, 'token_malformed', withClaims(text), { attacks: [attack] }),
    ),
  ];
}

// The bytes inside a string of the object.
function bytes(whole: string, inside: number[]): Buffer {
  return Buffer.concat([Buffer.from(`${whole.slice(0, -1)},"x":"`), Buffer.from(inside), Buffer.from('"}')]);
}

/** Texts that are JSON, if unusual. */
function unusualTexts(): Entry[] {
  const accepted = (id: string, text: string): Entry => jwt(`json/${id}`, 'accept', withClaims(text));
  return [
    jws('json/header-with-whitespace', 'accept', withHeader('{ "alg" : "ES256",\r\n\t"kid" : "p256" }\n')),
    jws('json/header-escaped-value', 'accept', withHeader('{"alg":"\\u0045S256","kid":"p\\u00325\\u0036"}')),
    jws('json/header-escaped-name', 'accept', withHeader('{"\\u0061lg":"ES256","kid":"p256"}')),
    jws(
      'json/header-with-unknown-members',
      'accept',
      withHeader('{"alg":"ES256","kid":"p256","x":[1,{"y":null}]}'),
    ),
    jws('json/header-proto', 'token_malformed', withHeader('{"__proto__":{"alg":"ES256","kid":"p256"}}'), {
      attacks: [37],
    }),
    accepted('claims-with-whitespace', ` ${JSON.stringify(CLAIMS, null, 2)}\r\n`),
    accepted('claims-with-other-scripts', `${open(CLAIMS)},"x":"κλειδί \u{1f511}"}`),
    accepted('claims-with-escaped-pair', `${open(CLAIMS)},"x":"\\ud83d\\udd11"}`),
    accepted('claims-with-unknown-object', `${open(CLAIMS)},"x":{"y":[true,false,null,1.5,-2e-3,""]}}`),
    jws('json/any-payload', 'accept', token({ alg: 'ES256', kid: 'p256' }, 'not JSON \u{1f511}', es256)),
    jws(
      'json/any-bytes',
      'accept',
      token({ alg: 'ES256', kid: 'p256' }, Buffer.from([0, 255, 128, 10]), es256),
    ),
    jws('json/any-type', 'accept', token({ alg: 'ES256', kid: 'p256', typ: 'x' }, PAYLOAD, es256)),
    jwt(
      'json/claims-only-inherited',
      'token_malformed',
      withClaims(`{"__proto__":${JSON.stringify(CLAIMS)}}`),
      { attacks: [37] },
    ),
    jwt('json/exp-only-inherited', 'token_malformed', withClaims(inherited('exp')), { attacks: [37] }),
    jwt('json/roles-only-inherited', 'token_malformed', withClaims(inherited('roles')), { attacks: [37] }),
  ];
}

// The claims, one of which only the prototype would have.
function inherited(name: string): string {
  const own = Object.fromEntries(Object.entries(CLAIMS).filter(([claim]) => claim !== name));
  return `${open(own)},"__proto__":${JSON.stringify({ [name]: CLAIMS[name] })}}`;
}

/** Attack 35: numbers that a double does not hold, and nesting. */
function bounds(): Entry[] {
  const numbers: Record<string, string> = {
    'beyond-double': '1e400',
    'beyond-double-negative': '-1e400',
    'minus-zero': '-0',
    'minus-zero-with-fraction': '-0.0',
    'integer-beyond-2-53': '9007199254740993',
    'integer-of-a-hundred-digits': '9'.repeat(100),
    'integer-beyond-2-53-negative': '-9007199254740993',
  };
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const claimsWith = (id: string, expect: string, value: string): Entry =>
    jwt(`json/${id}`, expect, withClaims(`${open(CLAIMS)},"x":${value}}`), {
      attacks: expect === 'accept' ? [] : [35],
    });
  const headerWith = (id: string, value: string): Entry =>
    jws(`json/${id}`, 'token_malformed', withHeader(`{"alg":"ES256","kid":"p256","x":${value}}`), {
      attacks: [35],
    });
  return [
    ...Object.entries(numbers).map(([name, number]) =>
      claimsWith(`claims-${name}`, 'token_malformed', number),
    ),
    ...Object.entries(numbers).map(([name, number]) => headerWith(`header-${name}`, number)),
    claimsWith('claims-largest-integer', 'accept', '9007199254740991'),
    claimsWith('claims-nested-31-deep', 'accept', nested(31)),
    claimsWith('claims-nested-32-deep', 'token_malformed', nested(32)),
    claimsWith('claims-nested-2000-deep', 'token_malformed', nested(2000)),
    claimsWith('claims-objects-nested-500-deep', 'token_malformed', objects(500)),
    headerWith('header-nested-32-deep', nested(32)),
    headerWith('header-nested-2000-deep', nested(2000)),
  ];
}

/** Header and claims are strict JSON objects with unique names (RFC 7515 section 4, RFC 7519 section 4). */
export function json(): Entry[] {
  const unsigned = `${encode('{')}.${encode(PAYLOAD)}.${encode(Buffer.alloc(64))}`;
  return [
    ...extensions(),
    ...bounds(),
    ...duplicates(),
    ...brokenTexts(),
    ...unusualTexts(),
    jws('json/header-broken-and-unsigned', 'token_malformed', unsigned),
  ];
}
