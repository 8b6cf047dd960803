import {
  accessToken,
  encode,
  es256,
  jws,
  jwt,
  PAYLOAD,
  replacePart,
  signer,
  token,
  type Entry,
} from './tokens.ts';
import { publicKey } from './material.ts';

const GOOD: string = token({ alg: 'ES256', kid: 'p256' }, PAYLOAD, es256);
const PARTS = { header: 0, payload: 1, signature: 2 } as const;

function insert(text: string, what: string, at = 4): string {
  return text.slice(0, at) + what + text.slice(at);
}

/** Attack 31: what base64url does not hold, in each part. */
function strangeCharacters(): Entry[] {
  const characters = {
    space: ' ',
    tab: '\t',
    'line-feed': '\n',
    'carriage-return-line-feed': '\r\n',
    padding: '=',
    plus: '+',
    slash: '/',
    'question-mark': '?',
    nul: '\u0000',
    'soft-hyphen': '\u00ad',
    'fullwidth-letter': '\uff21',
    emoji: '\u{1f511}',
    'percent-escape': '%2e',
  };
  return Object.entries(characters).flatMap(([name, character]) =>
    Object.entries(PARTS).map(([part, at]) =>
      jws(
        `form/${name}-in-${part}`,
        'token_malformed',
        replacePart(GOOD, at, (text) => insert(text, character)),
        { attacks: [31] },
      ),
    ),
  );
}

/** Attacks 31 and 32: one value, several spellings. */
function spellings(): Entry[] {
  // 64 bytes are 86 characters of which the last has four bits to spare; the payload and the header are cut to fit.
  const spare = (text: string): string => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return text.slice(0, -1) + (alphabet[alphabet.indexOf(text.slice(-1)) + 1] ?? 'A');
  };
  const twoSpareBits = token({ alg: 'ES256', kid: 'p256' }, 'ab', es256);
  const fourSpareBits = token({ alg: 'ES256', kid: 'p256' }, 'a', es256);
  const header = token({ alg: 'ES256', kid: 'p256', cty: 'x' }, PAYLOAD, es256);
  const malformed = (id: string, text: string, attacks = [32]): Entry =>
    jws(id, 'token_malformed', text, { attacks });
  return [
    malformed('form/trailing-bits-in-signature', replacePart(GOOD, 2, spare)),
    malformed('form/two-trailing-bits-in-payload', replacePart(twoSpareBits, 1, spare)),
    malformed('form/four-trailing-bits-in-payload', replacePart(fourSpareBits, 1, spare)),
    malformed('form/trailing-bits-in-header', replacePart(header, 0, spare)),
    malformed('form/signed-with-trailing-bits', signedOver(spare(encode('a')))),
    malformed('form/signed-with-padding', signedOver(`${encode('a')}==`), [31]),
    malformed('form/signed-with-whitespace', signedOver(insert(encode(PAYLOAD), '\n')), [31]),
    malformed(
      'form/one-character-left-over',
      replacePart(GOOD, 2, (text) => `${text}AAA`),
    ),
    malformed('form/payload-of-one-character', signedOver('A')),
    malformed('form/padding-at-end-of-signature', `${GOOD}==`, [31]),
    malformed(
      'form/padding-at-end-of-payload',
      replacePart(GOOD, 1, (text) => `${text}=`),
      [31],
    ),
    malformed('form/standard-alphabet-in-signature', replacePart(standardAlphabet(), 2, toStandard), [31]),
    malformed('form/whitespace-before', ` ${GOOD}`, [31]),
    malformed('form/whitespace-after', `${GOOD} `, [31]),
    malformed('form/line-feed-after', `${GOOD}\n`, [31]),
    malformed('form/byte-order-mark-before', `\ufeff${GOOD}`, [33]),
    malformed('form/quoted', `"${GOOD}"`, [31]),
    malformed('form/scheme-before', `Bearer ${GOOD}`, [31]),
    malformed('form/comma-joined', `${GOOD},${GOOD}`, [38]),
    malformed('form/percent-encoded-dots', GOOD.replaceAll('.', '%2E'), [31]),
    malformed('form/fullwidth-dots', GOOD.replaceAll('.', '\uff0e'), [31]),
  ];
}

// A token whose payload part is this very text.
function signedOver(payload: string): string {
  const header = encode({ alg: 'ES256', kid: 'p256' });
  return `${header}.${payload}.${encode(es256(`${header}.${payload}`))}`;
}

// A token whose signature has both characters that the two alphabets differ in.
function standardAlphabet(): string {
  for (let count = 0; ; count++) {
    const text = token({ alg: 'ES256', kid: 'p256' }, `${PAYLOAD} ${count}`, es256);
    const signature = text.slice(text.lastIndexOf('.') + 1);
    if (signature.includes('-') && signature.includes('_')) return text;
  }
}

function toStandard(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/');
}

/** How many parts there are, and which of them are empty. */
function parts(): Entry[] {
  const [header = '', payload = '', signature = ''] = GOOD.split('.');
  const malformed = (id: string, text: string, attacks: number[] = []): Entry =>
    jws(id, 'token_malformed', text, { attacks });
  return [
    jws('form/three-parts', 'accept', GOOD),
    malformed('form/empty', ''),
    malformed('form/one-part', header),
    malformed('form/two-parts', `${header}.${payload}`, [20]),
    malformed('form/signature-and-dot-missing', `${header}.${signature}`),
    malformed('form/four-parts', `${GOOD}.${signature}`),
    malformed('form/trailing-dot', `${GOOD}.`),
    malformed('form/leading-dot', `.${GOOD}`),
    malformed('form/two-dots', '..'),
    malformed('form/header-empty', `.${payload}.${signature}`),
    jws('form/payload-cut-out', 'token_untrusted', `${header}..${signature}`),
    malformed('form/all-but-payload-empty', `.${payload}.`),
    malformed(
      'form/encrypted-token',
      `${encode({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.AAAA.AAAA.AAAA.AAAA`,
      [27],
    ),
    malformed(
      'form/encrypted-token-compressed',
      `${encode({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..AAAA.${'A'.repeat(4000)}.AAAA`,
      [27, 28],
    ),
    malformed(
      'form/encrypted-token-password-based',
      `${encode({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2s: 'AAAA', p2c: 2147483647 })}.AAAA.AAAA.AAAA.AAAA`,
      [27, 29],
    ),
    jws(
      'form/encryption-header-on-three-parts',
      'token_untrusted',
      token({ alg: 'dir', enc: 'A256GCM', kid: 'p256' }, PAYLOAD, es256),
      { attacks: [27] },
    ),
    jwt(
      'form/nested-token',
      'token_malformed',
      token({ alg: 'ES256', kid: 'p256', typ: 'at+jwt', cty: 'JWT' }, accessToken(), es256),
      {
        attacks: [30],
      },
    ),
  ];
}

/** Attack 26: the JSON serialisations, alone and mixed with the compact one. */
function jsonSerialisations(): Entry[] {
  const [header = '', payload = '', signature = ''] = GOOD.split('.');
  const flat = { protected: header, payload, signature };
  const texts = {
    flattened: JSON.stringify(flat),
    general: JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    'general-without-signatures': JSON.stringify({ payload, signatures: [] }),
    'around-a-compact-token': JSON.stringify({ [GOOD]: '', ...flat }),
    'with-dots-in-a-name': `{"${header}.${encode('changed')}.":"","protected":"${header}","payload":"${payload}","signature":"${signature}"}`,
    'encoded-as-header': `${encode(flat)}.${payload}.${signature}`,
  };
  return Object.entries(texts).map(([name, text]) =>
    jws(`form/json-serialisation-${name}`, 'token_malformed', text, {
      attacks: [26],
    }),
  );
}

/** Attack 36: at most 8 KiB, judged before anything is split or parsed. */
function size(): Entry[] {
  const sized = (bytes: number): string => {
    for (let length = 5900; length < 6200; length++) {
      const text = token({ alg: 'ES256', kid: 'p256' }, 'x'.repeat(length), es256);
      if (text.length === bytes) return text;
      // The lengths of base64url skip one in four: the header makes up for it.
      const longer = token({ alg: 'ES256', kid: 'p256', cty: 'x' }, 'x'.repeat(length), es256);
      if (longer.length === bytes) return longer;
    }
    throw new RangeError(`no token has ${bytes} bytes`);
  };
  return [
    jws('form/eight-kibibytes', 'accept', sized(8192), { attacks: [36] }),
    jws('form/eight-kibibytes-and-one', 'token_malformed', sized(8193), { attacks: [36] }),
    jws(
      'form/twelve-kibibytes',
      'token_malformed',
      token({ alg: 'ES256', kid: 'p256' }, 'x'.repeat(9000), es256),
      {
        attacks: [36],
      },
    ),
    jws('form/dots', 'token_malformed', '.'.repeat(20_000), { attacks: [36] }),
    jws('form/dots-within-the-bound', 'token_malformed', '.'.repeat(8000), { attacks: [36] }),
    jws(
      'form/rsa-4-kibibytes',
      'accept',
      token({ alg: 'RS256', kid: 'rsa' }, 'y'.repeat(3000), signer('RS256', 'rsa')),
      { jwks: { keys: [publicKey('rsa')] }, algorithms: ['RS256'] },
    ),
  ];
}

/** Exactly one spelling of a token is accepted (RFC 7515 section 2, RFC 4648 section 3.5). */
export function form(): Entry[] {
  return [...parts(), ...strangeCharacters(), ...spellings(), ...jsonSerialisations(), ...size()];
}
