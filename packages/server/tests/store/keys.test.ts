import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewKey, StoredKey } from '../../src/domain/signing-key.ts';
import { DIALECTS, MINUTE, newKey, openTestStore } from './databases.ts';
import type { TestStore } from './databases.ts';

describe.each(DIALECTS)('signing keys on %s', (dialect) => {
  let test: TestStore;
  beforeEach(async () => void (test = await openTestStore(dialect)));
  afterEach(() => test.drop());
  const insert = async (state: 'next' | 'current', key: NewKey = newKey()): Promise<NewKey> => {
    expect(await test.store.insertKey(key, state, { kind: 'key_created' })).toBe(true);
    return key;
  };
  const stored = async (kid: string): Promise<StoredKey | undefined> =>
    (await test.store.readKeys()).keys.find((key) => key.kid === kid);
  const rotate = (from: string | undefined, to: string) =>
    test.store.rotateKeys({ from, to, publishFor: 17 * MINUTE }, { kind: 'key_rotated' });
  const revoke = (kid: string) => test.store.revokeKey(kid, { kind: 'key_revoked', detail: { kid } });

  it('stores keys in both states and reads them back', async () => {
    const [current, next] = [await insert('current'), await insert('next')];
    const { now, keys } = await test.store.readKeys();
    expect(keys).toHaveLength(2);
    const [a, b] = [await stored(current.kid), await stored(next.kid)];
    expect(a).toMatchObject({ state: 'current', activatedAt: a?.createdAt, retiredAt: null });
    expect(b).toMatchObject({ state: 'next', activatedAt: null, publicJwk: next.publicJwk });
    expect(Buffer.from(b?.encryptedPrivateKey ?? [])).toEqual(next.encryptedPrivateKey);
    expect(Math.abs(now - (a?.createdAt ?? 0))).toBeLessThan(5000);
  });

  it('of several servers that make a key at once, one does', async () => {
    const another = await test.another();
    for (const state of ['next', 'current'] as const) {
      const made = await Promise.all(
        [test.store, another, test.store, another].map((store) =>
          store.insertKey(newKey(), state, { kind: 'key_created' }),
        ),
      );
      expect(made.filter(Boolean)).toHaveLength(1);
    }
    expect(await test.store.listEvents(10)).toHaveLength(2);
  });

  it('rotates if these are still the two keys, and only once', async () => {
    const another = await test.another();
    const [current, next] = [await insert('current'), await insert('next')];
    expect(await rotate(undefined, next.kid)).toBe(false);
    expect(await rotate(current.kid, current.kid)).toBe(false);
    const change = { from: current.kid, to: next.kid, publishFor: 17 * MINUTE };
    const rotated = await Promise.all(
      [test.store, another, test.store].map((store) => store.rotateKeys(change, { kind: 'key_rotated' })),
    );
    expect(rotated.filter(Boolean)).toHaveLength(1);
    const [old, young] = [await stored(current.kid), await stored(next.kid)];
    expect(young).toMatchObject({ state: 'current', activatedAt: old?.retiredAt });
    expect(old).toMatchObject({ state: 'retired', unpublishedAt: (old?.retiredAt ?? 0) + 17 * MINUTE });
  });

  it('rotates from nothing where the current key was revoked', async () => {
    const [current, next] = [await insert('current'), await insert('next')];
    expect(await revoke(current.kid)).toBe('current');
    expect(await rotate(current.kid, next.kid)).toBe(false);
    expect(await rotate(undefined, next.kid)).toBe(true);
    expect((await stored(next.kid))?.state).toBe('current');
  });

  it('revokes a key once, for ever, and forgets its private part', async () => {
    const current = await insert('current');
    expect(await revoke(current.kid)).toBe('current');
    expect(await revoke(current.kid)).toBe('revoked');
    expect(await revoke('unknown')).toBeUndefined();
    const records = (await test.store.readRevocations(0, 10)).records;
    expect(records.map(({ entries }) => entries)).toEqual([[{ kind: 'key', kid: current.kid }]]);
    await test.store.reencryptKey(current.kid, current.encryptedPrivateKey);
    expect((await stored(current.kid))?.encryptedPrivateKey).toHaveLength(0);

    test.time.ahead += 1e12;
    await test.store.prune();
    expect((await stored(current.kid))?.state).toBe('revoked');
    expect((await test.store.readRevocations(0, 10)).records).toEqual(records);
    expect(await test.store.insertKey(current, 'next', { kind: 'key_created' })).toBe(false);
  });

  it('discards a next key, and no other', async () => {
    const [current, next] = [await insert('current'), await insert('next')];
    expect(await test.store.discardNextKey(current.kid)).toBe(false);
    expect(await test.store.discardNextKey(next.kid)).toBe(true);
    expect(await test.store.discardNextKey(next.kid)).toBe(false);
    expect((await test.store.readKeys()).keys.map(({ kid }) => kid)).toEqual([current.kid]);
  });

  it('replaces the encryption of a key', async () => {
    const next = await insert('next');
    await test.store.reencryptKey(next.kid, Uint8Array.of(1, 2, 3));
    expect([...((await stored(next.kid))?.encryptedPrivateKey ?? [])]).toEqual([1, 2, 3]);
  });

  it('prunes a retired key when it is no longer published', async () => {
    const [current, next] = [await insert('current'), await insert('next')];
    await rotate(current.kid, next.kid);
    test.time.ahead += 17 * MINUTE - 5000;
    await test.store.prune();
    expect((await stored(current.kid))?.state).toBe('retired');
    test.time.ahead += 5000;
    expect(await test.store.prune()).toBe(1);
    expect(await stored(current.kid)).toBeUndefined();
    expect((await stored(next.kid))?.state).toBe('current');
  });
});
