import { isLocalhostOrigin } from '@latchstring/protocol';
import type { RequestContext } from './context.ts';

/**
 * B5: what every answer carries (OWASP HTTP Headers Cheat Sheet). The interface serves no page, so its policy allows
 * nothing; answers belong to one person (attack 69) unless their route calls {@link allowCaching}.
 */
export function securityHeaders(issuer: string): Readonly<Record<string, string>> {
  return {
    'Cache-Control': 'no-store',
    Vary: 'Origin, Cookie, Authorization',
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

/** Lets every cache keep an answer that is the same for everybody, for so many seconds. */
export function allowCaching(context: RequestContext, seconds: number): void {
  context.header('Cache-Control', `public, max-age=${seconds}`);
  context.header('Vary', 'Origin');
}
