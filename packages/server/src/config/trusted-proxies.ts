import { BlockList, isIP, isIPv6 } from 'node:net';

/** Tells whether an address is a proxy's whose X-Forwarded-For is believed. */
export type TrustedProxies = (address: string) => boolean;

/** Parses addresses and CIDR ranges. What can't be parsed becomes a sentence in `problems`. */
export function parseTrustedProxies(entries: readonly string[], problems: string[]): TrustedProxies {
  const list = new BlockList();
  for (const entry of entries) {
    if (!add(list, entry)) {
      problems.push(
        'LATCHSTRING_TRUSTED_PROXIES takes addresses and ranges, such as 10.0.0.7 or 10.0.0.0/8.',
      );
    }
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function add(list: BlockList, entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (bits === undefined) {
    list.addAddress(address, family);
    return true;
  }
  const length = Number(bits);
  // A range of everything would let every client choose its own address.
  if (!/^\d{1,3}$/.test(bits) || length < 1 || length > (version === 6 ? 128 : 32)) return false;
  list.addSubnet(address, length, family);
  return true;
}
