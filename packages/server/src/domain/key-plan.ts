import type { SigningAlgorithm, StoredKey } from './signing-key.ts';

/** When keys change. Milliseconds. */
export interface KeyPlanSettings {
  readonly algorithm: SigningAlgorithm;
  /** How long a key signs. */
  readonly rotationInterval: number;
  /** How long a key is published before it signs: as long as a verifier may keep an old key set. */
  readonly publishAhead: number;
}

/** The next thing to do to the keys. */
export type KeyStep =
  | { readonly kind: 'create'; readonly state: 'current' | 'next' }
  | { readonly kind: 'discard'; readonly kid: string }
  | { readonly kind: 'rotate'; readonly from: string | undefined; readonly to: string };

/**
 * What is to be done to the keys at the moment `now`, one step at a time; undefined when all is well.
 *
 * There is always a next key, published ahead of its use, so that a rotation needs no waiting.
 */
export function planKeys(
  keys: readonly StoredKey[],
  now: number,
  settings: KeyPlanSettings,
): KeyStep | undefined {
  const current = keys.find((key) => key.state === 'current');
  const next = keys.find((key) => key.state === 'next');
  if (next !== undefined && next.algorithm !== settings.algorithm) return { kind: 'discard', kid: next.kid };
  // The current key was revoked: verifiers have seen the next one already.
  if (current === undefined && next !== undefined) return { kind: 'rotate', from: undefined, to: next.kid };
  if (current === undefined) return { kind: 'create', state: 'current' };
  if (next === undefined) return { kind: 'create', state: 'next' };
  const due =
    current.algorithm !== settings.algorithm ||
    now >= (current.activatedAt ?? current.createdAt) + settings.rotationInterval;
  return due && isPublishedLongEnough(next, now, settings)
    ? { kind: 'rotate', from: current.kid, to: next.kid }
    : undefined;
}

/** Whether every verifier has had the time to see a key. */
function isPublishedLongEnough(
  next: StoredKey,
  now: number,
  settings: Pick<KeyPlanSettings, 'publishAhead'>,
): boolean {
  return now >= next.createdAt + settings.publishAhead;
}

/** Whether a key belongs in the published key set. */
export function isPublished(key: StoredKey, now: number): boolean {
  if (key.state === 'revoked') return false;
  return key.unpublishedAt === null || now < key.unpublishedAt;
}
