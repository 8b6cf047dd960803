import type { CompactToken } from './compact.ts';
import { VerificationError } from './errors.ts';
import type { VerificationKey } from './keys.ts';

/**
 * Checks the signature of a token with the key that was found for it.
 *
 * @throws {VerificationError} `token_untrusted`, for no key, one that does not fit, and a wrong signature alike.
 */
export function verifySignature(
  { header, signed, signature }: CompactToken,
  key: VerificationKey | undefined,
): asserts key is VerificationKey {
  if (!key?.fits(header.alg)) {
    throw new VerificationError('token_untrusted', 'The token names no key that is trusted and fits it.');
  }
  if (!key.verify(header.alg, signed, signature)) {
    throw new VerificationError('token_untrusted', 'The signature is wrong.');
  }
}
