import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { REVOCATIONS_TYPE } from '@latchstring/protocol';
import type { RevocationEvent } from '@latchstring/protocol';
import type { FeedDependencies, SignedEvent } from '../domain/revocation-feed.ts';
import type { Signer, SigningKeys } from '../ports/keys.ts';

/** Signs the events of the feed with the keys that sign access tokens. */
export function createFeedSigner(keys: SigningKeys): FeedDependencies['sign'] {
  return async (claims) => signEvent(claims, await keys.signer());
}

/**
 * Signs the events of the feed where one secret is shared with the backend (HS256): under a key that is derived from it, so
 * that no event can pass for an access token.
 */
export function createSharedFeedSigner(secret: string): FeedDependencies['sign'] {
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'latchstring/revocations/v1', 32)));
  const sign = (message: string): string => createHmac('sha256', key).update(message).digest('base64url');
  return (claims) => Promise.resolve(signEvent(claims, { kid: 'revocations', algorithm: 'HS256', sign }));
}

function signEvent(claims: RevocationEvent, { kid, algorithm, sign }: Signer): SignedEvent {
  const message = `${encode({ alg: algorithm, typ: REVOCATIONS_TYPE, kid })}.${encode(claims)}`;
  return { jws: `${message}.${sign(message)}`, kid };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
