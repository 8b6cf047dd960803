import type { Random } from './random.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const STRANGE = ['=', '==', '+', '/', ' ', '\n', '\t', '\0', '.', '..', '%', '~', 'é', 'Ł', '😀', '\ud800', '\u00a0', '\ufeff'];

function splice(text: string, at: number, removed: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at + removed);
}

type Change = (text: string, random: Random) => string;

/** Changes to a token as it stands. Each may by chance change nothing. */
const TOKEN_CHANGES: readonly Change[] = [
  (text, random) => splice(text, random.below(text.length), 1, random.pick([...ALPHABET])),
  (text, random) => splice(text, random.below(text.length + 1), 0, random.pick([...ALPHABET])),
  (text, random) => splice(text, random.below(text.length), 1 + random.below(4), ''),
  (text, random) => splice(text, random.below(text.length + 1), random.below(2), random.pick(STRANGE)),
  (text, random) => text.slice(0, random.below(text.length)),
  (text, random) => text.slice(random.below(text.length)),
  (text, random) => {
    const at = random.below(text.length);
    return splice(text, at, 0, text.slice(at, at + random.below(40)));
  },
  (text, random) => {
    const parts = text.split('.');
    return [random.pick(parts), random.pick(parts), random.pick(parts)].join('.');
  },
  (text) => text.replace(/[^.]*$/, ''),
  (text, random) => text + random.pick(['.', '=', 'A', 'AA', '\n', ' ', '.AA', text]),
  // Only the bits that are left over at the end of a part.
  (text, random) => {
    const ends = [...text.matchAll(/\.|$/g)].map(({ index }) => index - 1);
    const at = random.pick(ends);
    return splice(text, at, 1, ALPHABET[(ALPHABET.indexOf(text[at] ?? 'A') + 1 + random.below(15)) % 64] ?? '');
  },
  // One bit of the signature.
  (text, random) => {
    const [head, signature] = [text.slice(0, text.lastIndexOf('.') + 1), text.slice(text.lastIndexOf('.') + 1)];
    const bytes = Buffer.from(signature, 'base64url');
    if (bytes.length === 0) return text;
    const at = random.below(bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at);
    return head + bytes.toString('base64url');
  },
  // A signature of the right length whose halves say something special.
  (text, random) => {
    const [head, signature] = [text.slice(0, text.lastIndexOf('.') + 1), text.slice(text.lastIndexOf('.') + 1)];
    const bytes = Buffer.from(signature, 'base64url');
    const half = bytes.length >> 1;
    bytes.fill(random.pick([0, 0xff]), random.pick([0, half]), random.pick([half, bytes.length]));
    return head + bytes.toString('base64url');
  },
  (text, random) => (random.once(20) ? text + 'A'.repeat(9000) : text.toLowerCase()),
];

/** A token, changed in one to three ways. */
export function changeToken(text: string, random: Random): string {
  let changed = text;
  for (let times = 1 + random.below(3); times > 0; times--) {
    if (changed !== '') changed = random.pick(TOKEN_CHANGES)(changed, random);
  }
  return changed;
}

const VALUES = [
  'null', 'true', 'false', '0', '-0', '-0.0', '1', '-1', '1.0', '1e0', '1e400', '-1e-400', '1E3', '0.1', '01', '+1', '.5', '1.', '1e', '0x1',
  '9007199254740991', '9007199254740992', '-9007199254740992', '9007199254740993.0', '1e15', '1e16', '1800000000', '1800000000.0', '18e8', '1799999000',
  '99999999999999999999', '9'.repeat(400), '9'.repeat(4301), 'NaN', 'Infinity', '-Infinity', 'undefined', '""', '"a"', '"\\u0000"', '"\u0001"', '"\\ud800"', '"\\udc00\\ud800"',
  '"\\ud83d\\ude00"', '"\ud800"', '"\\x41"', '"\\u12G4"', '"\\u+123"', '"\\u 123"', '"\\"', '"é😀"', "'a'", '[]', '{}', '[1,]', '{"a":1,}', '[null]', '[""]', '["a",1]',
  '[["a"]]', '{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"":0,"":0}', '{"__proto__":{"admin":true}}', '"none"', '"ES256"', '"HS256"', '"RS256"', '"EdDSA"', '"JWT"', '"at+jwt"',
  '"application/at+jwt"', '"https://auth.example.com"', '"https://api.example.com"', '["https://api.example.com"]', '["x","https://api.example.com"]', '["exp"]', '"p256"',
  '"AAAAAAAAAAAAAAAAAAAAAA"', '"AAAAAAAAAAAAAAAAAAAAAB"', '[1e999]', '{"x":[{"y":-0}]}', '"native"', '/*x*/1', '1//x', 'nul', 'tru', 'Null', '１',
] as const; // prettier-ignore

const DEEP = [31, 32, 33, 100, 2000, 5000];
const NAMES = ['alg', 'kid', 'typ', 'cty', 'crit', 'b64', 'jwk', 'x5c', 'zip', 'iss', 'aud', 'sub', 'sid', 'ver', 'jti', 'iat', 'exp', 'nbf', 'client_id', 'auth_time', 'amr', 'roles', 'csrf', 'cnf', 'extra', '', '__proto__', 'constructor', 'toString', 'a\\u0062c', 's\\u0075b', '\\ud800', 'ålg'];

function value(random: Random): string {
  if (!random.once(12)) return random.pick(VALUES);
  const depth = random.pick(DEEP);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  return `${open.repeat(depth)}${open === '[' ? '' : '1'}${close.repeat(random.once(4) ? depth - 1 : depth)}`;
}

/** The places in a JSON text of one level where a member's value stands: `"name":VALUE`. */
const MEMBER = /"((?:[^"\\]|\\.)*)":("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^,}\]]*)/g;

const JSON_CHANGES: readonly Change[] = [
  // Another value for a member.
  (text, random) => {
    const members = [...text.matchAll(MEMBER)];
    if (members.length === 0) return text;
    const [whole, name] = random.pick(members);
    return text.replace(whole, () => `"${name}":${value(random)}`);
  },
  // One member more, or once more.
  (text, random) => text.replace('{', () => `{"${random.pick(NAMES)}":${value(random)},`),
  (text, random) => text.replace(/\}$/, () => `,"${random.pick(NAMES)}":${value(random)}}`),
  // One less.
  (text, random) => {
    const members = [...text.matchAll(MEMBER)].map(([whole]) => whole);
    if (members.length === 0) return text;
    return text.replace(random.pick(members), '').replace(/,,|\{,|,\}/, (found) => found.replace(',', ''));
  },
  // White space, and what is none to JSON.
  (text, random) => {
    const places = [...text.matchAll(/[{}:,[\]]/g)].map(({ index }) => index);
    const space = random.pick([' ', '\n', '\t', '\r', '\r\n', '\v', '\f', '\u00a0', '\u2028', '\u0085', '\u001c', '\ufeff', '\0']);
    return places.length === 0 ? space : splice(text, random.pick(places) + random.below(2), 0, space);
  },
  // Any character.
  (text, random) => splice(text, random.below(text.length + 1), random.below(2), random.pick([...'{}[]",:\\/\'0123456789-+.eEtfnul \u0000é', ...STRANGE])),
  (text, random) => random.pick([' ', '\n', '\ufeff', '\v', '[', '{', '"', 'x', '1']) + text,
  (text, random) => text + random.pick([' ', '\n', '\ufeff', '\0', '\v', '}', ']', '{}', 'x', ',', '1']),
  (_text, random) => value(random),
]; // prettier-ignore

/** JSON, changed in one to three ways, in bytes: now and then no longer UTF-8. */
export function changeJson(text: string, random: Random): Buffer {
  let changed = text;
  for (let times = 1 + random.below(3); times > 0; times--) changed = random.pick(JSON_CHANGES)(changed, random);
  if (random.once(30)) return Buffer.from(changed, random.pick(['latin1', 'utf16le'] as const));
  const bytes = Buffer.from(changed, 'utf8');
  if (bytes.length > 0 && random.once(20)) {
    bytes.writeUInt8(random.pick([0x80, 0xc0, 0xed, 0xf8, 0xff, 0, 0x1f, 0x7f]), random.below(bytes.length));
  }
  return bytes;
}
