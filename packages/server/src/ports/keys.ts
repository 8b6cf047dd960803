import type { JsonWebKeySet } from '@latchstring/protocol';
import type { NewKey, SigningAlgorithm, StoredKey } from '../domain/signing-key.ts';

/** Signs with one key. */
export interface Signer {
  readonly kid: string;
  readonly algorithm: string;
  /** The signature as JWS wants it (RFC 7518 section 3). */
  readonly sign: (message: string) => string;
}

/** Makes, opens and re-encrypts signing keys. */
export interface KeyVault {
  generate(algorithm: SigningAlgorithm): Promise<NewKey>;
  /** Throws a KeyDecryptionError where no secret that it has decrypts the key. */
  open(key: StoredKey): Signer;
  /** The private key encrypted anew under the current secret. Throws a KeyDecryptionError as well. */
  reencrypt(key: StoredKey): Uint8Array;
}

/** The signing keys of this process: never older than the time that a key state may go unconfirmed. */
export interface SigningKeys {
  /** The signer, its state confirmed lately. Rejects with `database_unavailable` where it can't be confirmed. */
  signer(): Promise<Signer>;
  /** The public keys to publish, the same object until they change. */
  keySet(): JsonWebKeySet;
  /** Whether a key was revoked: what it signed is outdated, not foreign. */
  isRevoked(kid: string): boolean;
}

/** Thrown by a vault for a key that was encrypted under a secret which is none of its own. */
export class KeyDecryptionError extends Error {
  override readonly name = 'KeyDecryptionError';
}
