import {
  createHash,
  createHmac,
  createPublicKey,
  createSecretKey,
  timingSafeEqual,
  verify,
  type KeyObject,
  type VerifyKeyObjectInput,
} from 'node:crypto';
import { ALGORITHMS, type AlgorithmRules } from './algorithms.ts';
import { decodeBase64url } from './base64url.ts';
import { KeySetError } from './errors.ts';
import { hasRocaFingerprint } from './roca.ts';
import { looksLikePublicKey } from './secrets.ts';

/** What a token says about its key. The algorithm has been found on the list of those allowed. */
export interface KeyQuery {
  readonly kid?: string | undefined;
  readonly alg: string;
}

/** A key that may check signatures, bound to the algorithms that fit it. Comes from {@link parseKeySet}. */
export interface VerificationKey {
  readonly kid: string | undefined;
  /** A digest of all that makes the key what it is: two keys with the same one are the same key. */
  readonly id: string;
  /** Whether the key may be used with an algorithm. */
  fits(algorithm: string): boolean;
  /** Whether a signature is right. False for an algorithm that does not fit. */
  verify(algorithm: string, data: Uint8Array, signature: Uint8Array): boolean;
}

/** Where a verifier finds keys. */
export interface KeySource {
  /**
   * The key of a token, or undefined where there is none that fits. May answer at once or later; whoever answers at once
   * lets the verifier do so too.
   *
   * @throws {VerificationError} `keys_unavailable` where the keys are not known at present.
   */
  find(query: KeyQuery): VerificationKey | undefined | Promise<VerificationKey | undefined>;
  /** Whether a key that was found before is still trusted. Asked on every request, so it must be cheap and make no call. */
  holds(key: VerificationKey): boolean;
  /**
   * Loads what is new, at most once a second. The revocation feed asks for it where an event names an unknown key. A source
   * without it is one whose keys are handed in.
   */
  reload?(): Promise<void>;
}

type Jwk = Readonly<Record<string, unknown>>;

const MAXIMUM_KEYS = 1000;
const MINIMUM_MODULUS_BITS = 2048;
// The cost of a check grows with the square of the length: no key may turn it into a weapon.
const MAXIMUM_MODULUS_BITS = 8192;
const MAXIMUM_EXPONENT_BYTES = 8;

/** The keys of a JSON Web Key Set (RFC 7517 section 5), each checked and made once. It never changes. */
export class KeySet implements KeySource {
  readonly #byKid: ReadonlyMap<string, VerificationKey>;
  readonly #only: VerificationKey | undefined;
  /** How many keys are fit for use. */
  readonly size: number;

  constructor(keys: readonly VerificationKey[], only: VerificationKey | undefined) {
    this.#byKid = new Map(keys.flatMap((key) => (key.kid === undefined ? [] : [[key.kid, key]])));
    this.#only = only;
    this.size = keys.length;
  }

  find({ kid, alg }: KeyQuery): VerificationKey | undefined {
    const key = this.#get(kid);
    return key?.fits(alg) === true ? key : undefined;
  }

  holds(key: VerificationKey): boolean {
    return this.#get(key.kid)?.id === key.id;
  }

  #get(kid: string | undefined): VerificationKey | undefined {
    // A token without kid is taken only with a set of one key.
    return kid === undefined ? this.#only : this.#byKid.get(kid);
  }
}

/**
 * Checks a key set that was parsed from JSON and makes its keys.
 *
 * A key that is unknown or unfit is left out, as RFC 7517 section 5 advises: wrong or missing members, `use` other than
 * `sig`, `key_ops` without `verify`, RSA under 2048 bits or with a bad exponent or the fingerprint of CVE-2017-15361, a point
 * that is not on its curve or of small order, a symmetric key that is shorter than its digest.
 *
 * Not checked: where the set comes from, and certificates in it (`x5c`, `x5t`, `x5u` are not looked at).
 *
 * @throws {KeySetError} `not_a_key_set`, `duplicate_kid`, or `mixed_kinds` for symmetric beside other keys.
 */
export function parseKeySet(jwks: unknown): KeySet {
  const entries = isRecord(jwks) ? jwks['keys'] : undefined;
  if (!Array.isArray(entries) || entries.length > MAXIMUM_KEYS || !entries.every(isRecord)) {
    throw new KeySetError(
      'not_a_key_set',
      'This is not a JSON Web Key Set: it needs a list "keys" of objects.',
    );
  }
  const kids = entries.map((entry) => entry['kid']).filter((kid) => typeof kid === 'string');
  if (new Set(kids).size !== kids.length) {
    throw new KeySetError('duplicate_kid', 'Two keys of the set have the same "kid".');
  }
  // A public key must never be able to stand in for a shared secret (RFC 8725 section 3.1).
  const symmetric = entries.filter((entry) => entry['kty'] === 'oct').length;
  if (symmetric !== 0 && symmetric !== entries.length) {
    throw new KeySetError('mixed_kinds', 'The set mixes symmetric and public keys.');
  }
  const keys = entries.map(parseKey).filter((key) => key !== undefined);
  return new KeySet(keys, entries.length === 1 ? keys[0] : undefined);
}

/** The key of a shared secret (HS256): it answers for every `kid`, since there is no other. */
export function secretKeySource(secret: Uint8Array): KeySource {
  const set = parseKeySet({
    keys: [{ kty: 'oct', alg: 'HS256', k: Buffer.from(secret).toString('base64url') }],
  });
  return { find: ({ alg }) => set.find({ alg }), holds: (key) => set.holds(key) };
}

class Key implements VerificationKey {
  readonly kid: string | undefined;
  readonly id: string;
  readonly #secret: KeyObject | undefined;
  readonly #modulusBytes: number;
  readonly #inputs: ReadonlyMap<string, VerifyKeyObjectInput>;

  constructor(jwk: Jwk, material: Material) {
    this.kid = jwk['kid'] as string | undefined;
    const { kty, alg, crv, x, y, n, e, k } = jwk;
    const identity = JSON.stringify([this.kid, kty, alg, crv, x, y, n, e, k].map((member) => member ?? null));
    this.id = createHash('sha256').update(identity).digest('base64url');
    this.#secret = material.key.type === 'secret' ? material.key : undefined;
    this.#modulusBytes = material.bytes;
    const fitting = [...ALGORITHMS].filter(([name, rules]) => fitsRules(jwk, material, name, rules));
    this.#inputs = new Map(fitting.map(([name, rules]) => [name, verifyInput(material.key, rules)]));
  }

  fits(algorithm: string): boolean {
    return this.#inputs.has(algorithm);
  }

  verify(algorithm: string, data: Uint8Array, signature: Uint8Array): boolean {
    const rules = ALGORITHMS.get(algorithm);
    const input = this.#inputs.get(algorithm);
    if (rules === undefined || input === undefined) return false;
    // RFC 7518 section 3.4 (R and S in full), RFC 8017 section 8 (as long as the modulus): no other length is a signature.
    if (signature.length !== (rules.signatureBytes ?? this.#modulusBytes)) return false;
    if (this.#secret === undefined) return verify(rules.digest, data, input, signature);
    const expected = createHmac(rules.digest ?? '', this.#secret)
      .update(data)
      .digest();
    return timingSafeEqual(expected, signature);
  }
}

interface Material {
  readonly key: KeyObject;
  /** The length of the modulus or of the secret. */
  readonly bytes: number;
}

function verifyInput(key: KeyObject, { kty, padding, saltLength }: AlgorithmRules): VerifyKeyObjectInput {
  return {
    key,
    ...(kty === 'EC' && { dsaEncoding: 'ieee-p1363' }),
    ...(padding !== undefined && { padding }),
    ...(saltLength !== undefined && { saltLength }),
  };
}

function fitsRules(jwk: Jwk, material: Material, name: string, rules: AlgorithmRules): boolean {
  // RFC 8725 section 3.1: where the key names an algorithm, it is used with no other.
  if (jwk['alg'] !== undefined && jwk['alg'] !== name) return false;
  if (jwk['kty'] !== rules.kty) return false;
  return (
    (rules.crv === undefined || jwk['crv'] === rules.crv) &&
    (rules.keyBytes === undefined || material.bytes >= rules.keyBytes)
  );
}

function parseKey(jwk: Jwk): VerificationKey | undefined {
  if (!isForVerification(jwk)) return undefined;
  const material = parseMaterial(jwk);
  return material && new Key(jwk, material);
}

function isForVerification(jwk: Jwk): boolean {
  const { kid, use, key_ops: operations } = jwk;
  if (kid !== undefined && typeof kid !== 'string') return false;
  // RFC 7517 section 4.2.
  if (use !== undefined && use !== 'sig') return false;
  // RFC 7517 section 4.3: a list without duplicates.
  if (operations === undefined) return true;
  return (
    Array.isArray(operations) &&
    operations.includes('verify') &&
    new Set(operations).size === operations.length
  );
}

function parseMaterial(jwk: Jwk): Material | undefined {
  switch (jwk['kty']) {
    case 'EC':
      return parseEllipticCurve(jwk);
    case 'RSA':
      return parseRsa(jwk);
    case 'OKP':
      return parseEdwardsCurve(jwk);
    case 'oct':
      return parseSymmetric(jwk);
    default:
      return undefined;
  }
}

const COORDINATE_BYTES: ReadonlyMap<unknown, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
]);

function parseEllipticCurve({ kty, crv, x, y }: Jwk): Material | undefined {
  const size = COORDINATE_BYTES.get(crv);
  // RFC 7518 section 6.2.1.2: the full size of a coordinate for the curve.
  if (size === undefined || bytesOf(x)?.length !== size || bytesOf(y)?.length !== size) return undefined;
  return publicKey({ kty, crv, x, y });
}

function parseRsa({ kty, n, e }: Jwk): Material | undefined {
  const modulus = bytesOf(n);
  const exponent = bytesOf(e);
  if (modulus === undefined || exponent === undefined) return undefined;
  const bits = bitLength(modulus);
  // RFC 7518 section 3.3: 2048 bits or more.
  if (bits < MINIMUM_MODULUS_BITS || bits > MAXIMUM_MODULUS_BITS || !isOdd(modulus)) return undefined;
  // RFC 8017 section 3.1: the exponent is odd and at least 3.
  if (!isOdd(exponent) || bitLength(exponent) < 2 || exponent.length > MAXIMUM_EXPONENT_BYTES)
    return undefined;
  return hasRocaFingerprint(modulus) ? undefined : publicKey({ kty, n, e }, modulus.length);
}

/** The encodings of points whose order divides 8, without the sign bit (RFC 8032 section 5.1). */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

function parseEdwardsCurve({ kty, crv, x }: Jwk): Material | undefined {
  const bytes = bytesOf(x);
  // RFC 8037 section 2.
  if (crv !== 'Ed25519' || bytes?.length !== 32) return undefined;
  const y = Buffer.from(bytes);
  y.writeUInt8(y.readUInt8(31) & 0x7f, 31);
  // RFC 8032 section 5.1.3: y is below p = 2^255 − 19.
  const canonical =
    y.readUInt8(0) < 0xed || y.readUInt8(31) !== 0x7f || y.subarray(1, 31).some((byte) => byte !== 0xff);
  return canonical && !SMALL_ORDER.has(y.toString('hex')) ? publicKey({ kty, crv, x }) : undefined;
}

function parseSymmetric({ k }: Jwk): Material | undefined {
  const bytes = bytesOf(k);
  // RFC 8725 section 3.1: a public key that somebody put in as a secret is known to everybody.
  if (bytes === undefined || bytes.length === 0 || looksLikePublicKey(bytes)) return undefined;
  return { key: createSecretKey(bytes), bytes: bytes.length };
}

function publicKey(key: Record<string, unknown>, bytes = 0): Material | undefined {
  try {
    // RFC 8725 section 3.4: OpenSSL refuses a point that is not on the curve.
    return { key: createPublicKey({ key, format: 'jwk' }), bytes };
  } catch {
    return undefined;
  }
}

function bytesOf(member: unknown): Buffer | undefined {
  return typeof member === 'string' ? decodeBase64url(member) : undefined;
}

/** The length in bits of a big-endian number in its shortest form, or 0 for any other form (RFC 7518 section 2). */
function bitLength(number: Buffer): number {
  const first = number[0] ?? 0;
  return first === 0 ? 0 : number.length * 8 - (Math.clz32(first) - 24);
}

function isOdd(number: Buffer): boolean {
  return ((number.at(-1) ?? 0) & 1) === 1;
}

function isRecord(value: unknown): value is Jwk {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
