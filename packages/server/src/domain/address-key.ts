/**
 * Under which name attempts from an address are counted: IPv6 by its /64, the least that one customer is given, however
 * it is spelled (attack 85). The address is one of a connection, checked already.
 */
export function addressKey(address: string): string {
  return address.includes(':') ? `${expandIpv6(address).slice(0, 4).join(':')}::/64` : address;
}

function expandIpv6(address: string): string[] {
  const [bare = ''] = address.split('%');
  const [head = '', tail] = bare.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(Math.max(0, missing)).fill('0'), ...right].map((part) =>
    Number.parseInt(part, 16).toString(16),
  );
}
