import { readFileSync } from 'node:fs';

/** A key as JSON Web Key (RFC 7517). */
export type Jwk = Readonly<Record<string, unknown>>;

const file = JSON.parse(readFileSync(new URL('../keys.json', import.meta.url), 'utf8')) as {
  readonly keys: Readonly<Record<string, Jwk>>;
};

/** A test key with its private half, by its name in `keys.json`. */
export function testKey(name: string): Jwk {
  const key = file.keys[name];
  if (key === undefined) throw new TypeError(`keys.json has no key "${name}"`);
  return key;
}

const PUBLIC_MEMBERS: readonly string[] = ['kty', 'crv', 'x', 'y', 'n', 'e'];

/** The public half of a test key as a key set would publish it, its `kid` being its name. */
export function publicKey(name: string, more: Jwk = {}): Jwk {
  const members = Object.entries(testKey(name)).filter(([member]) => PUBLIC_MEMBERS.includes(member));
  return { ...Object.fromEntries(members), kid: name, use: 'sig', ...more };
}

/** A symmetric test key, its `kid` being its name. */
export function secretKey(name: string, more: Jwk = {}): Jwk {
  return { ...testKey(name), kid: name, use: 'sig', ...more };
}

/** The bytes of a base64url member of a key. */
export function bytesOf(key: Jwk, member: string): Buffer {
  return Buffer.from(String(key[member]), 'base64url');
}

/** A big-endian number. */
export function toNumber(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** A number as big-endian bytes of a given length. */
export function toBytes(number: bigint, length: number): Buffer {
  return Buffer.from(number.toString(16).padStart(length * 2, '0'), 'hex');
}
