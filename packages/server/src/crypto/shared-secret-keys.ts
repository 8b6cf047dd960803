import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { SigningKeys } from '../ports/keys.ts';

/**
 * Signing with one secret that the server and its only backend share (HS256, RFC 7518 section 3.2).
 *
 * The key set is empty: there is nothing to publish. The `kid` is derived with a label of its own: a thumbprint would
 * let anyone who sees a token test guesses of the secret offline.
 */
export function createSharedSecretKeys(secret: string): SigningKeys {
  const key = createSecretKey(Buffer.from(secret));
  const kid = Buffer.from(hkdfSync('sha256', secret, '', 'latchstring/hs256-kid/v1', 16)).toString(
    'base64url',
  );
  const keySet = { keys: [] };
  const signer = {
    kid,
    algorithm: 'HS256',
    sign: (message: string) => createHmac('sha256', key).update(message).digest('base64url'),
  };
  return { signer: () => Promise.resolve(signer), keySet: () => keySet, isRevoked: () => false };
}
