import { hash, timingSafeEqual } from 'node:crypto';
import { HEADERS, SAFE_METHODS } from '@latchstring/protocol';
import { CSRF_CLAIM_BYTES } from './claims.ts';
import { VerificationError } from './errors.ts';
import type { RequestFacts } from './facts.ts';

/**
 * The `csrf` claim that belongs to a CSRF token: the first 128 bits of the SHA-256 of its text.
 */
export function csrfDigest(csrfToken: string): Buffer {
  return hash('sha256', csrfToken, 'buffer').subarray(0, CSRF_CLAIM_BYTES);
}

/**
 * Checks that a request that a cookie authenticates was made by the application's own page.
 *
 * Unsafe methods need the CSRF token of the very session and a fitting origin; a WebSocket handshake, to which no page can
 * add a header, needs a listed origin; other safe methods need nothing.
 *
 * @throws {VerificationError} `csrf_failed`.
 */
export function checkCsrf(request: RequestFacts, claim: Uint8Array, origins: ReadonlySet<string>): void {
  if (SAFE_METHODS.includes(request.method)) {
    if (isWebSocketHandshake(request) && !origins.has(String(request.header('origin')))) {
      throw failed('The Origin of the WebSocket handshake is not on the list.');
    }
    return;
  }
  checkOrigin(request, origins);
  const token = request.header(HEADERS.csrf);
  if (typeof token !== 'string') throw failed('The request carries no CSRF token.');
  if (!timingSafeEqual(csrfDigest(token), claim)) throw failed('The CSRF token is not that of the session.');
}

/**
 * Checks where an unsafe request comes from: `Origin` where present must be on the list, to the letter; where absent,
 * `Sec-Fetch-Site` must be `same-origin`; a request with neither is refused.
 *
 * @throws {VerificationError} `csrf_failed`.
 */
export function checkOrigin(request: RequestFacts, origins: ReadonlySet<string>): void {
  const origin = request.header('origin');
  if (origin !== undefined) {
    if (typeof origin !== 'string' || !origins.has(origin)) throw failed('The Origin is not on the list.');
  } else if (request.header('sec-fetch-site') !== 'same-origin') {
    throw failed('The request does not show that it comes from the same origin.');
  }
}

// RFC 6455 section 4.2.1: the token "websocket" in any case, perhaps in a list.
function isWebSocketHandshake(request: RequestFacts): boolean {
  const upgrade = request.header('upgrade');
  return upgrade !== undefined && /\bwebsocket\b/i.test(String(upgrade));
}

function failed(detail: string): VerificationError {
  return new VerificationError('csrf_failed', detail);
}
