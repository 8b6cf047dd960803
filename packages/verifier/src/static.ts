import { KeySetError } from './errors.ts';
import { parseKeySet, type KeySet } from './keys.ts';

/**
 * Keys that are given once and never loaded, for tests and for services that are told their keys.
 *
 * @throws {TypeError} where the set is refused or has no key that can be used.
 */
export function staticKeys(jwks: unknown): KeySet {
  const set = read(jwks);
  if (set.size === 0)
    throw new TypeError('The key set has no key that can be used: give the public JWKS of the issuer.');
  return set;
}

function read(jwks: unknown): KeySet {
  try {
    return parseKeySet(jwks);
  } catch (error) {
    if (error instanceof KeySetError) throw new TypeError(error.message, { cause: error });
    throw error;
  }
}
