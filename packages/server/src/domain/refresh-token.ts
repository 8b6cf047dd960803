import { decodeBase64url } from '@latchstring/verifier';
import type { Mac } from '../ports/macs.ts';
import type { RefreshTokenFacts } from './refresh.ts';

// version 1 | session id 16 | generation 4 | nonce 16 | parent nonce 16 | issued at 6 | HMAC-SHA256 32
const VERSION = 1;
const BODY_BYTES = 59;
const TOKEN_BYTES = BODY_BYTES + 32;
/** Lets secret scanners, and people, tell what they have found. */
const PREFIX = 'lsr_';
const TOKEN_LENGTH = PREFIX.length + 122;

/** The nonce that the first token of a session names as its parent's. */
export const NO_PARENT: Uint8Array = new Uint8Array(16);

/** Writes a refresh token: opaque to its holder, 126 characters. */
export function issueRefreshToken(facts: RefreshTokenFacts, mac: Mac): string {
  const bytes = Buffer.alloc(TOKEN_BYTES);
  bytes[0] = VERSION;
  bytes.write(facts.sessionId.replaceAll('-', ''), 1, 'hex');
  bytes.writeUInt32BE(facts.generation, 17);
  bytes.set(facts.nonce, 21);
  bytes.set(facts.parentNonce, 37);
  bytes.writeUIntBE(facts.issuedAt, 53, 6);
  bytes.set(mac.sign(bytes.subarray(0, BODY_BYTES)), BODY_BYTES);
  return PREFIX + bytes.toString('base64url');
}

/**
 * Reads a refresh token whose HMAC is right, or answers undefined: before any access to the database.
 *
 * Not checked here: whether its session lives and which place in it the token has; that is `judge`.
 */
export function parseRefreshToken(token: string, mac: Mac): RefreshTokenFacts | undefined {
  if (token.length !== TOKEN_LENGTH || !token.startsWith(PREFIX)) return undefined;
  const bytes = decodeBase64url(token.slice(PREFIX.length));
  if (bytes?.length !== TOKEN_BYTES || bytes[0] !== VERSION) return undefined;
  if (!mac.verify(bytes.subarray(0, BODY_BYTES), bytes.subarray(BODY_BYTES))) return undefined;
  return {
    sessionId: formatUuid(bytes.toString('hex', 1, 17)),
    generation: bytes.readUInt32BE(17),
    nonce: new Uint8Array(bytes.subarray(21, 37)),
    parentNonce: new Uint8Array(bytes.subarray(37, 53)),
    issuedAt: bytes.readUIntBE(53, 6),
  };
}

function formatUuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
