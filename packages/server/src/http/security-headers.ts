import { isLocalhostOrigin } from '@latchstring/protocol';

/** What is said of the caching of an answer unless its route says something else. */
export const PRIVATE = 'no-store';

/**
 * B5: what every answer carries (OWASP HTTP Headers Cheat Sheet). The interface serves no page, so its policy allows
 * nothing; answers are private unless a route says otherwise.
 */
export function securityHeaders(issuer: string): Readonly<Record<string, string>> {
  return {
    'Cache-Control': PRIVATE,
    'Content-Security-Policy':
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'Cross-Origin-Opener-Policy': 'same-origin',
    // Pages on listed origins read the answers; CORS decides which.
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'X-Permitted-Cross-Domain-Policies': 'none',
    ...(isLocalhostOrigin(issuer)
      ? {}
      : { 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains' }),
  };
}
