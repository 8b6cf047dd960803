import type { JsonWebKeySet } from '@latchstring/protocol';
import type { Clock } from '../ports/clock.ts';
import type { KeyVault, Signer, SigningKeys } from '../ports/keys.ts';
import type { Store } from '../ports/store.ts';
import { ServiceError } from './errors.ts';
import { isPublished, planKeys } from './key-plan.ts';
import type { KeyPlanSettings, KeyStep } from './key-plan.ts';
import type { SecurityEvent } from './event.ts';
import type { StoredKey } from './signing-key.ts';

/** A server that could not confirm the states of the keys for this long does not sign. Milliseconds. */
const KEY_CONFIRMATION_LIMIT = 5_000;

/** How long a retired key is published after the last token that it can have signed has ended. Milliseconds. */
const RETIRED_KEY_MARGIN = 120_000;

/** What the ring needs. */
export interface KeyRingDependencies {
  readonly store: Pick<Store, 'readKeys' | 'insertKey' | 'rotateKeys' | 'discardNextKey'>;
  readonly vault: KeyVault;
  readonly clock: Clock;
  /** `accessTokenLifetime`: the longest, in milliseconds. */
  readonly settings: KeyPlanSettings & { readonly accessTokenLifetime: number };
}

/** The keys in the database, as one process holds them. */
export interface KeyRing extends SigningKeys {
  /** Reads the keys, and takes every step that is due. Called at start, and then on a schedule. */
  refresh(): Promise<void>;
  /** Rotates at once, where the next key has been published long enough or `force` is set; answers the new `kid`. */
  rotate(force: boolean): Promise<string>;
}

/** Any number of steps that are due at once is small; more than this means that servers undo each other's. */
const STEPS_AT_MOST = 8;

/**
 * Holds the signing keys of a process. Of several processes that rotate at once, one makes the key and the others read it.
 */
export function createKeyRing({ store, vault, clock, settings }: KeyRingDependencies): KeyRing {
  let current: Signer | undefined;
  let keySet: JsonWebKeySet = { keys: [] };
  let published = '';
  let revoked: ReadonlySet<string> = new Set();
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  const publishFor = settings.accessTokenLifetime + RETIRED_KEY_MARGIN;

  async function take(step: KeyStep): Promise<void> {
    if (step.kind === 'discard') {
      await store.discardNextKey(step.kid);
    } else if (step.kind === 'rotate') {
      await store.rotateKeys({ ...step, publishFor }, keyEvent('key_rotated', step.to));
    } else {
      const key = await vault.generate(settings.algorithm);
      await store.insertKey(key, step.state, keyEvent('key_created', key.kid));
    }
  }

  async function readAndStep(): Promise<void> {
    for (let steps = 0; steps < STEPS_AT_MOST; steps++) {
      const startedAt = clock.monotonic();
      const { now, keys } = await store.readKeys();
      const step = planKeys(keys, now, settings);
      if (step === undefined) {
        hold(keys, now);
        confirmedAt = startedAt;
        return;
      }
      await take(step);
    }
    throw new ServiceError('database_unavailable', 'The signing keys do not settle.', { retryAfter: 1 });
  }

  function hold(keys: readonly StoredKey[], now: number): void {
    revoked = new Set(keys.filter((key) => key.state === 'revoked').map((key) => key.kid));
    const visible = keys.filter((key) => isPublished(key, now));
    const signing = visible.find((key) => key.state === 'current');
    if (signing !== undefined && signing.kid !== current?.kid) current = vault.open(signing);
    const identity = visible.map((key) => `${key.kid} ${key.state}`).join();
    if (identity === published) return;
    // Opened here as well, so that a server whose secret does not fit says so at its start and not a month later.
    for (const key of visible) if (key.state === 'next') vault.open(key);
    keySet = { keys: visible.map((key) => JSON.parse(key.publicJwk) as Record<string, unknown>) };
    published = identity;
  }

  const refresh = (): Promise<void> => (reading ??= readAndStep().finally(() => (reading = undefined)));

  async function signer(): Promise<Signer> {
    if (clock.monotonic() - confirmedAt > KEY_CONFIRMATION_LIMIT) await refresh();
    if (current === undefined)
      throw new ServiceError('database_unavailable', 'No signing key is there.', { retryAfter: 1 });
    return current;
  }

  async function rotate(force: boolean): Promise<string> {
    const before = current?.kid;
    await refresh();
    const { now, keys } = await store.readKeys();
    const from = keys.find((key) => key.state === 'current');
    // Somebody else was asked at the same time: one rotation is enough.
    if (from !== undefined && from.kid !== before) return from.kid;
    const to = keys.find((key) => key.state === 'next');
    if (to === undefined) throw new ServiceError('request_invalid', 'There is no next key to rotate to.');
    const waits = to.createdAt + settings.publishAhead - now;
    if (waits > 0 && !force) {
      throw new ServiceError(
        'request_invalid',
        `The next key is published for too short a time: verifiers may not know it yet. Try again in ${Math.ceil(waits / 1000)} s.`,
      );
    }
    await store.rotateKeys({ from: from?.kid, to: to.kid, publishFor }, keyEvent('key_rotated', to.kid));
    await refresh();
    return to.kid;
  }

  return { refresh, rotate, signer, keySet: () => keySet, isRevoked: (kid) => revoked.has(kid) };
}

function keyEvent(kind: 'key_created' | 'key_rotated', kid: string): SecurityEvent {
  return { kind, detail: { kid } };
}
