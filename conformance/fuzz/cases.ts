import { createPrivateKey, sign as signWith, constants, createHmac, type KeyObject } from 'node:crypto';
import { bytesOf, publicKey, secretKey, testKey, type Jwk } from '../generator/material.ts';
import { AUDIENCE, CLAIMS, HEADER, ISSUER, NOW, encode } from '../generator/tokens.ts';
import type { VectorLine } from '../judge.ts';
import type { Random } from './random.ts';
import { changeJson, changeToken } from './texts.ts';

/** A vector whose token, key set or options were changed at random. */
export interface Case extends VectorLine {
  /** Whether nothing but the text of the token was changed: then no verifier may accept it. */
  readonly isAltered: boolean;
  /** Whether keys and options are those of most cases, so that a verifier can be kept for them. */
  readonly isUsual: boolean;
}

interface Signing {
  readonly alg: string;
  readonly jwk: Jwk;
  sign(input: string): Uint8Array;
}

function signing(alg: string, name: string, jwk: Jwk): Signing {
  const key = createPrivateKey({ key: testKey(name), format: 'jwk' });
  return { alg, jwk, sign: (input) => signWith(...signArguments(alg, key, input)) };
}

function signArguments(alg: string, key: KeyObject, input: string): Parameters<typeof signWith> {
  if (alg === 'EdDSA') return [null, Buffer.from(input), key];
  const digest = `sha${alg.slice(2)}`;
  if (alg.startsWith('ES')) return [digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }];
  if (alg.startsWith('RS')) return [digest, Buffer.from(input), key];
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return [digest, Buffer.from(input), { key, padding, saltLength: Number(alg.slice(2)) / 8 }];
}

/** The signer of the case, ES256 most of the time, as in life. */
const SIGNINGS: readonly Signing[] = [
  ...Array.from({ length: 8 }, () => signing('ES256', 'p256', publicKey('p256', { alg: 'ES256' }))),
  signing('EdDSA', 'ed25519', publicKey('ed25519', { alg: 'EdDSA' })),
  signing('ES384', 'p384', publicKey('p384')),
  signing('ES512', 'p521', publicKey('p521')),
  signing('RS256', 'rsa', publicKey('rsa')),
  signing('PS256', 'rsa', publicKey('rsa')),
  {
    alg: 'HS256',
    jwk: secretKey('oct-32'),
    sign: (input) => createHmac('sha256', bytesOf(testKey('oct-32'), 'k')).update(input).digest(),
  },
];

const OPTIONS = { issuer: ISSUER, audience: AUDIENCE, now: NOW, tolerance: 5 };
const CLAIM_SETS: readonly Jwk[] = [
  CLAIMS,
  { ...CLAIMS, nbf: NOW - 60, client_id: 'web', csrf: 'AAAAAAAAAAAAAAAAAAAAAA' },
  { ...CLAIMS, aud: ['https://other.example.com', AUDIENCE], roles: [], extra: { a: [1, 0.5, null, 'é'] } },
];

/** Makes cases one after the other. `accepted`: vectors that are accepted, for a start. */
export class Cases {
  readonly #random: Random;
  readonly #accepted: readonly VectorLine[];
  /** Signed once: most of the time would go into signatures. */
  readonly #whole: readonly Omit<Case, 'id'>[];
  #made = 0;

  constructor(random: Random, accepted: readonly VectorLine[]) {
    this.#random = random;
    this.#accepted = accepted;
    this.#whole = SIGNINGS.flatMap((signer) =>
      CLAIM_SETS.map((claims) => this.#base(signer, this.#header(signer), JSON.stringify(claims))),
    );
  }

  next(): Case {
    const random = this.#random;
    const id = String(this.#made++);
    switch (random.below(10)) {
      case 0:
      case 1:
        return this.#alteredVector(id);
      case 2:
      case 3:
        return this.#alteredToken(id);
      case 4:
        return this.#otherKeys(id);
      case 5:
        return this.#otherOptions(id);
      default:
        return this.#signedAnew(id);
    }
  }

  #alteredVector(id: string): Case {
    const vector = this.#random.pick(this.#accepted);
    const token = changeToken(vector.token as string, this.#random);
    const { layer, jwks, options } = vector;
    return { id, layer, jwks, options, token, isAltered: token !== vector.token, isUsual: false };
  }

  #base(signer: Signing, header: string | Buffer, payload: string | Buffer): Omit<Case, 'id'> {
    const input = `${encode(header)}.${encode(payload)}`;
    const token = `${input}.${encode(signer.sign(input))}`;
    const options = { ...OPTIONS, algorithms: [signer.alg] };
    return { layer: 'jwt', token, jwks: { keys: [signer.jwk] }, options, isAltered: false, isUsual: true };
  }

  #header(signer: Signing): string {
    return JSON.stringify({ ...HEADER, alg: signer.alg, kid: signer.jwk['kid'] });
  }

  #claims(): string {
    return JSON.stringify(this.#random.pick(CLAIM_SETS));
  }

  #alteredToken(id: string): Case {
    const base = this.#random.pick(this.#whole);
    const token = changeToken(base.token as string, this.#random);
    return { ...base, id, token, isAltered: token !== base.token };
  }

  /** Header or claims were changed and then signed by the right key: whatever a verifier says, all must say the same. */
  #signedAnew(id: string): Case {
    const random = this.#random;
    const signer = random.pick(SIGNINGS);
    const changesHeader = random.once(3);
    const header = changesHeader ? changeJson(this.#header(signer), random) : this.#header(signer);
    const claims = changesHeader && !random.once(4) ? this.#claims() : changeJson(this.#claims(), random);
    const base = this.#base(signer, header, claims);
    return { ...base, id, layer: random.once(8) ? 'jws' : 'jwt' };
  }

  #otherKeys(id: string): Case {
    const random = this.#random;
    const base = random.pick(this.#whole);
    const [own = {}] = (base.jwks as { readonly keys: readonly Jwk[] }).keys;
    const keys = [changeKey(own, random)];
    while (random.once(3)) keys.push(changeKey(random.pick(SIGNINGS).jwk, random));
    const jwks = random.once(20) ? random.pick<unknown>([null, [], {}, { keys: {} }, { keys: [1] }, keys]) : { keys };
    return { ...base, id, jwks, isUsual: false };
  }

  #otherOptions(id: string): Case {
    const random = this.#random;
    const base = random.pick(this.#whole);
    const [name, values] = random.pick(OPTION_VALUES);
    return { ...base, id, isUsual: false, options: { ...(base.options as Jwk), [name]: random.pick<unknown>(values) } };
  }
}

const OPTION_VALUES: readonly (readonly [string, readonly unknown[]])[] = [
  ['now', [NOW + 839, NOW + 844.999, NOW + 845, NOW + 846, NOW - 65, NOW - 65.5, NOW - 66, 0, 1e300, null, '1', true]],
  ['tolerance', [0, 1, 60, 60.5, 61, -1, 1e9, null, '5', false]],
  ['issuer', [ISSUER, `${ISSUER}/`, '', null, 1]],
  ['audience', [AUDIENCE, 'https://api', '', null, ['x']]],
  ['algorithms', [['ES256'], ['RS256', 'ES256'], [], ['none'], ['HS256', 'ES256'], 'ES256', null, [1], [[]], ['es256']]],
]; // prettier-ignore

const KEY_VALUES: readonly (readonly [string, readonly unknown[]])[] = [
  ['kid', ['p256', 'rsa', 'x', '', null, 1, undefined]],
  ['kty', ['EC', 'RSA', 'OKP', 'oct', 'ec', null, ['EC'], undefined]],
  ['crv', ['P-256', 'P-384', 'P-521', 'Ed25519', 'secp256k1', 'p-256', null, {}, undefined]],
  ['alg', ['ES256', 'ES384', 'RS256', 'PS256', 'HS256', 'EdDSA', 'none', '', null, [], undefined]],
  ['use', ['sig', 'enc', '', null, ['sig'], undefined]],
  ['key_ops', [['verify'], ['verify', 'sign'], ['verify', 'verify'], ['sign'], [], 'verify', null, {}, ['verify', 1, true], ['verify', 1, 1.0], ['verify', {}, {}], ['verify', null, null]]],
  ['e', ['AQAB', 'Aw', 'AQ', 'Ag', '', 'AAEAAQ', 'AQAAAQ', '____________', 'AQAAAAAAAAAB', 'AQAAAAAAAAE', null, 1]],
  ['x5c', [['MIIB'], null]],
]; // prettier-ignore

function changeKey(key: Jwk, random: Random): Jwk {
  if (random.once(4)) return key;
  if (random.once(2)) {
    const [name, values] = random.pick(KEY_VALUES);
    return { ...key, [name]: random.pick<unknown>(values) };
  }
  const member = random.pick(['x', 'y', 'n', 'k', 'e'].filter((name) => name in key));
  return { ...key, [member]: changeMember(String(key[member]), random) };
}

function changeMember(text: string, random: Random): unknown {
  const bytes = Buffer.from(text, 'base64url');
  switch (random.below(7)) {
    case 0:
      bytes.writeUInt8(bytes.readUInt8(0) ^ (1 << random.below(8)), 0);
      return bytes.toString('base64url');
    case 1: {
      const at = random.below(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at);
      return bytes.toString('base64url');
    }
    case 2:
      return Buffer.concat([Buffer.alloc(1), bytes]).toString('base64url');
    case 3:
      return bytes.subarray(random.below(2), bytes.length - random.below(2)).toString('base64url');
    case 4:
      return bytes.fill(random.pick([0, 1, 0x7f, 0xff])).toString('base64url');
    case 5:
      return changeToken(text, random);
    default:
      return random.pick<unknown>([null, '', 0, [], text.padEnd(text.length + 2, '='), Buffer.concat([bytes, bytes]).toString('base64url')]);
  }
} // prettier-ignore
