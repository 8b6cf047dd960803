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
  if (!/^[A-Za-z0-9_-]{43}$/.test(value)) return false;
  return mac.verify(Buffer.from(sessionId), Buffer.from(value, 'base64url'));
}
