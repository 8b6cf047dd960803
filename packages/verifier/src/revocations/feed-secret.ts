import { hkdfSync } from 'node:crypto';
import { secretKeySource, type KeySource } from '../keys.ts';

/** The key of the feed where one secret is shared (RFC 5869): not the tokens' own, so that neither can pass for the other. */
export function feedSecretSource(secret: Uint8Array): KeySource {
  return secretKeySource(new Uint8Array(hkdfSync('sha256', secret, '', 'latchstring/revocations/v1', 32)));
}
