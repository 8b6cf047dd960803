import type { JsonWebKeySet } from '@latchstring/protocol';
import { VerificationError, createVerifier, parseKeySet } from '@latchstring/verifier';
import type { KeySource, Verifier } from '@latchstring/verifier';
import type { Settings } from './config/settings.ts';
import type { SigningKeys } from './ports/keys.ts';

/** The verifier of this server's own routes: the same checks as in any backend, with keys that need no call. */
export function createOwnVerifier(settings: Settings, keys: SigningKeys): Verifier {
  const { issuer, audience, origins, cookieDomain, hs256Secret, clockOffset } = settings;
  const shared = {
    issuer,
    audience,
    origins: [...origins],
    ...(cookieDomain === undefined ? {} : { cookieDomain }),
    // Where tests move the database's clock, its tokens are judged by the same time.
    ...(clockOffset === undefined ? {} : { now: () => (Date.now() + clockOffset()) / 1000 }),
  };
  if (hs256Secret !== undefined) return createVerifier({ ...shared, secret: hs256Secret });
  return createVerifier({ ...shared, keys: ringSource(keys), algorithms: ['ES256', 'RS256', 'EdDSA'] });
}

/** Parses the key set again only when the ring has another one. */
function ringSource(keys: SigningKeys): KeySource {
  let seen: JsonWebKeySet | undefined;
  let parsed = parseKeySet({ keys: [] });
  const current = (): typeof parsed => {
    const keySet = keys.keySet();
    if (keySet !== seen) parsed = parseKeySet((seen = keySet));
    return parsed;
  };
  return {
    find(query) {
      // As in every backend, and before the key is looked for: the client refreshes, and nobody is logged out.
      if (query.kid !== undefined && keys.isRevoked(query.kid)) {
        throw new VerificationError('token_outdated', 'The key of the token was revoked. Refresh the token.');
      }
      return current().find(query);
    },
    holds: (key) => current().holds(key),
  };
}
