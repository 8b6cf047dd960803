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

/** One spelling for each address (attack 85); some proxies put the port behind it. */
function canonicalAddress(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const [address = ''] = bare.split('%');
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : undefined;
  const { hostname } = new URL(`http://[${address}]`);
  // RFC 4291 section 2.5.5.2: an IPv4 address that came to a socket of IPv6.
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname) ?? [];
  if (high === undefined || low === undefined) return hostname.slice(1, -1);
  const bytes = [high, low].map((part) => Number.parseInt(part, 16)).flatMap((n) => [n >> 8, n & 255]);
  return bytes.join('.');
}
