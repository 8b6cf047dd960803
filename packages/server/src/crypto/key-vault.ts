import { createPrivateKey, generateKeyPair, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import type { SigningAlgorithm, StoredKey } from '../domain/signing-key.ts';
import { KeyDecryptionError } from '../ports/keys.ts';
import type { KeyVault, Signer } from '../ports/keys.ts';
import type { Secrets } from './secrets.ts';

const generate = promisify(generateKeyPair);

/** Signing keys on node:crypto, their private halves encrypted under `LATCHSTRING_SECRET` and bound to their `kid`. */
export function createKeyVault(secrets: Secrets): KeyVault {
  const open = (key: StoredKey): Uint8Array => {
    const privateKey = secrets.decrypt('signing-keys', key.encryptedPrivateKey, key.kid);
    if (privateKey === undefined)
      throw new KeyDecryptionError(`No secret decrypts the signing key ${key.kid}.`);
    return privateKey;
  };
  return {
    async generate(algorithm) {
      const { publicKey, privateKey } = await generatePair(algorithm);
      const jwk = await exportJWK(publicKey);
      const kid = await calculateJwkThumbprint(jwk);
      const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
      return {
        kid,
        algorithm,
        publicJwk: JSON.stringify({ ...jwk, kid, alg: algorithm, use: 'sig' }),
        encryptedPrivateKey: secrets.encrypt('signing-keys', pkcs8, kid),
      };
    },
    open: (key) =>
      createSigner(
        key.kid,
        key.algorithm,
        createPrivateKey({ key: Buffer.from(open(key)), format: 'der', type: 'pkcs8' }),
      ),
    reencrypt: (key) => secrets.encrypt('signing-keys', open(key), key.kid),
  };
}

function generatePair(algorithm: SigningAlgorithm): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  switch (algorithm) {
    case 'ES256':
      return generate('ec', { namedCurve: 'P-256' });
    case 'RS256':
      return generate('rsa', { modulusLength: 2048 });
    case 'EdDSA':
      return generate('ed25519');
  }
}

function createSigner(kid: string, algorithm: SigningAlgorithm, key: KeyObject): Signer {
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  // RFC 7518 section 3.4: an ECDSA signature in a JWS is R and S side by side, not DER.
  const options = { key, dsaEncoding: 'ieee-p1363' } as const;
  return {
    kid,
    algorithm,
    sign: (message) => sign(digest, Buffer.from(message), options).toString('base64url'),
  };
}
