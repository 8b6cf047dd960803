import { decodeBase64url } from '@latchstring/verifier';
import type { Mac } from '../ports/macs.ts';
import type { Random } from '../ports/random.ts';

const NONCE_BYTES = 16;

/** How long a browser is remembered as one that its person has logged in from. Seconds: 180 days. */
export const DEVICE_LIFETIME: number = 180 * 86_400;

/**
 * The value by which a browser shows that this person has logged in from it: a nonce, and an HMAC over the person's id and
 * the nonce. It proves no identity and opens nothing: wrong passwords from there are counted apart from everybody else's.
 */
export function deviceToken(userId: string, random: Random, mac: Mac): string {
  const nonce = random.bytes(NONCE_BYTES);
  return Buffer.concat([nonce, mac.sign(message(userId, nonce))]).toString('base64url');
}

/** Those of the values that were made for this very person, under the current or a previous secret. Constant time. */
export function devicesOf(userId: string, values: readonly string[], mac: Mac): string[] {
  return values.filter((value) => {
    const bytes = decodeBase64url(value);
    if (bytes === undefined) return false;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    return mac.verify(message(userId, nonce), bytes.subarray(NONCE_BYTES));
  });
}

function message(userId: string, nonce: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(userId), nonce]);
}
