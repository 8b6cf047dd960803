import { createPublicKey } from 'node:crypto';

/** RFC 7518 section 3.2: a key as long as the digest. */
const MINIMUM_SECRET_BYTES = 32;

const MINIMUM_DISTINCT_BYTES = 10;
const MINIMUM_HEX_DIGITS = 2 * MINIMUM_SECRET_BYTES;
const MAKE_ONE = 'Make one with: node -p "crypto.randomBytes(48).toString(\'base64url\')"';

// Words that stand in placeholders. In random text one of them turns up once in 100,000 times.
const PLACEHOLDER = /secret|passw|chang|exampl|defaul|token|0123456789|qwerty|abcdefg/i;

// Long ones that are copied from documentation and tutorials, and head the lists for attackers.
const PUBLISHED: ReadonlySet<string> = new Set([
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
  '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970',
  '%C*F-JaNdRgUkXp2s5v8y/B?E(G+KbPeShVmYq3t6w9z$C&J@McQfTjWnZr4u7x!',
  '0Thsd0MuPdq2dNtajXHbPltCJSpSbjSRSTcse8b09iKLfCG5FSQVQogdDbqw3ct4',
  '2Rz4K79FuhKrec3BTWPx9b1uesyOdFNh',
  '16f8c0ef4a5d391b26034086c628469d3f9f497f08163ab9b40137092f2909ef',
  'r9iMKoe5CRMgvJBBtp4HrqN7QiPpUToj',
  'VGhpcyBzZWNyZXQgaXMgc3RvcmVkIGJhc2UtNjQgZW5jb2RlZCBvbiB0aGUgcHJveHkgaG9zdA',
  'reallyreallyreallyreallyverysafe',
]);

/**
 * Checks a shared secret for HS256 and gives its bytes; text stands for its bytes in UTF-8.
 *
 * Refused are secrets under 32 bytes (of hexadecimal text: under 64 digits, UUIDs too), repeated patterns, placeholders,
 * public keys in any usual form, and well-known published ones (RFC 8725 section 3.5). What it cannot know is whether
 * another long secret was drawn at random.
 *
 * @throws {TypeError} with a sentence that says how to mend it, and nothing of the secret.
 */
export function parseSecret(secret: string | Uint8Array): Buffer {
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret);
  if (bytes.length < MINIMUM_SECRET_BYTES) {
    throw new TypeError(`The secret must have at least ${MINIMUM_SECRET_BYTES} bytes. ${MAKE_ONE}`);
  }
  if (looksLikePublicKey(bytes))
    throw new TypeError(`The secret is a public key, which is no secret. ${MAKE_ONE}`);
  if (isGuessable(bytes)) throw new TypeError(`The secret is known or easy to guess. ${MAKE_ONE}`);
  return bytes;
}

/** Whether bytes are a key in PEM, JWK, SSH or DER form (RFC 8725 section 3.1). */
export function looksLikePublicKey(bytes: Buffer): boolean {
  if (/-----BEGIN |^\s*(?:ssh-|ecdsa-sha2-)|"kty"\s*:/.test(bytes.toString('latin1'))) return true;
  return isDer(bytes, 'spki') || isDer(bytes, 'pkcs1');
}

function isDer(bytes: Buffer, type: 'spki' | 'pkcs1'): boolean {
  // Both forms begin with the tag of a sequence.
  if (bytes[0] !== 0x30) return false;
  try {
    createPublicKey({ key: bytes, format: 'der', type });
    return true;
  } catch {
    return false;
  }
}

function isGuessable(bytes: Buffer): boolean {
  const text = bytes.toString('latin1').trim();
  const hexDigits = /^[0-9a-f-]+$/i.test(text) ? text.replaceAll('-', '').length : Infinity;
  return (
    hexDigits < MINIMUM_HEX_DIGITS ||
    new Set(bytes).size < MINIMUM_DISTINCT_BYTES ||
    isRepeated(bytes) ||
    PLACEHOLDER.test(text) ||
    PUBLISHED.has(text) ||
    PUBLISHED.has(bytes.toString('base64url'))
  );
}

/** Whether a unit of at most half the length fills the whole. */
function isRepeated(bytes: Buffer): boolean {
  for (let period = 1; period <= bytes.length / 2; period++) {
    if (bytes.subarray(period).equals(bytes.subarray(0, bytes.length - period))) return true;
  }
  return false;
}
