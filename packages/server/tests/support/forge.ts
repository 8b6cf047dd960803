import { createHmac } from 'node:crypto';

/** The claims of a token, read without a check. */
export function claimsOf(token: string): Record<string, unknown> {
  return partOf(token, 1);
}

/** The header of a token. */
export function headerOf(token: string): Record<string, unknown> {
  return partOf(token, 0);
}

/** A JWS signed with HMAC under any bytes, as an attacker would make it. */
export function signHmac(header: object, claims: object, secret: string | Buffer): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const message = `${encode({ alg: 'HS256', ...header })}.${encode(claims)}`;
  return `${message}.${createHmac('sha256', secret).update(message).digest('base64url')}`;
}

function partOf(token: string, part: number): Record<string, unknown> {
  const text = Buffer.from(token.split('.')[part] ?? '', 'base64url').toString();
  return JSON.parse(text) as Record<string, unknown>;
}
