import { decodeBase64url } from '@latchstring/verifier';
import type { Mac } from '../ports/macs.ts';

/**
 * The CSRF token of a session: an HMAC of its id, so that nothing is stored and no other session's fits
 * (OWASP CSRF Prevention Cheat Sheet, signed double-submit cookie). 43 characters.
 */
export function csrfToken(sessionId: string, mac: Mac): string {
  return Buffer.from(mac.sign(Buffer.from(sessionId))).toString('base64url');
}

/** Whether a value is the CSRF token of this very session, under the current or a previous secret. Constant time. */
export function isCsrfTokenOf(sessionId: string, value: string, mac: Mac): boolean {
  const bytes = decodeBase64url(value);
  return bytes !== undefined && mac.verify(Buffer.from(sessionId), bytes);
}
