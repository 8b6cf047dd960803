import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Mac } from '../ports/macs.ts';

/** What a key derived from the secret is for. */
export type Purpose = 'refresh' | 'csrf' | 'signing-keys' | 'limits' | 'device';

/** Keys derived from the secrets, one for each purpose (HKDF, RFC 5869). */
export interface Secrets {
  mac(purpose: Purpose): Mac;
  /** AES-256-GCM under the current secret. `context` is authenticated, not stored. */
  encrypt(purpose: Purpose, plaintext: Uint8Array, context: string): Uint8Array;
  /** Undefined where neither the current nor a previous secret fits. */
  decrypt(purpose: Purpose, ciphertext: Uint8Array, context: string): Uint8Array | undefined;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `current` makes new values; `previous` are accepted as well. Each is at least 32 bytes of text, checked by the configuration. */
export function createSecrets(current: string, previous: readonly string[]): Secrets {
  const secrets = [current, ...previous];
  return {
    mac: (purpose) => createMac(secrets.map((secret) => deriveKey(secret, purpose))),
    encrypt: (purpose, plaintext, context) => encrypt(deriveKey(current, purpose), plaintext, context),
    decrypt(purpose, ciphertext, context) {
      for (const secret of secrets) {
        const plaintext = decrypt(deriveKey(secret, purpose), ciphertext, context);
        if (plaintext !== undefined) return plaintext;
      }
      return undefined;
    },
  };
}

function deriveKey(secret: string, purpose: Purpose): KeyObject {
  const bytes = hkdfSync('sha256', secret, '', `latchstring/${purpose}/v1`, 32);
  return createSecretKey(Buffer.from(bytes));
}

function createMac(keys: readonly KeyObject[]): Mac {
  const [first, ...others] = keys;
  if (first === undefined) throw new TypeError('A MAC needs a key.');
  const sign = (key: KeyObject, message: Uint8Array): Buffer =>
    createHmac('sha256', key).update(message).digest();
  return {
    sign: (message) => sign(first, message),
    verify(message, mac) {
      const fits = (key: KeyObject): boolean => mac.length === 32 && timingSafeEqual(sign(key, message), mac);
      return fits(first) || others.some(fits);
    },
  };
}

function encrypt(key: KeyObject, plaintext: Uint8Array, context: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject, ciphertext: Uint8Array, context: string): Uint8Array | undefined {
  const bytes = Buffer.from(ciphertext);
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
