import { isIP } from 'node:net';
import type { TrustedProxies } from '../config/trusted-proxies.ts';

/** Proxies that can stand in a row; what is further left in the header is nobody's word. */
const HOPS_AT_MOST = 16;

/**
 * The client's address: the socket's peer, unless that is a trusted proxy; then the rightmost address of
 * X-Forwarded-For that is not a trusted proxy's. No other header counts (attack 84).
 */
export function clientAddress(
  remoteAddress: string | undefined,
  forwardedFor: string | undefined,
  isTrusted: TrustedProxies,
): string {
  let address = canonicalAddress(remoteAddress ?? '') ?? 'unknown';
  if (forwardedFor === undefined) return address;
  for (const hop of forwardedFor.split(',').slice(-HOPS_AT_MOST).reverse()) {
    if (!isTrusted(address)) break;
    const named = canonicalAddress(hop.trim());
    if (named === undefined) break;
    address = named;
  }
  return address;
}

function canonicalAddress(text: string): string | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  const address = mapped ?? text;
  return isIP(address) === 0 ? undefined : address.toLowerCase();
}
