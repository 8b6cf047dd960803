import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/config/options.ts';
import { DIALECTS } from '../store/databases.ts';
import { M, MODES, createWorld, signUp } from './world.ts';
import type { World } from './world.ts';

const CASES = DIALECTS.flatMap((dialect) => MODES.map((mode) => [dialect, mode] as const));

describe.each(CASES)('a new secret, on %s in %s mode', (dialect, mode) => {
  const old = randomBytes(32).toString('base64');
  const secret = randomBytes(32).toString('base64');
  let world: World;

  beforeEach(async () => {
    world = await createWorld(dialect, { secret: old });
  });

  afterEach(() => world.end());

  test('A7: nobody is logged out while the old one is on the list, and nobody afterwards who has refreshed', async () => {
    const holder = await signUp(world.main.url, mode);
    const both = await world.start({ secret, secretPrevious: [old] });
    // The key is still decrypted, and refresh and CSRF token of the old secret are still taken.
    expect((await holder.session(holder.accessToken, both.url)).status).toBe(200);
    world.advance(M);
    const renewed = await holder.refresh(holder.refreshToken, both.url);
    expect(renewed).toMatchObject({ status: 200, rotated: true });
    const kidOf = (token: string): unknown =>
      (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: unknown }).kid;
    expect(kidOf(renewed.accessToken ?? '')).toBe(kidOf(holder.accessToken));

    const { store, keyVault } = both.service.administration;
    for (const key of (await store.readKeys()).keys)
      await store.reencryptKey(key.kid, keyVault.reencrypt(key));
    const fresh = await world.start({ secret });
    expect((await holder.session(renewed.accessToken ?? '', fresh.url)).status).toBe(200);
    expect(await holder.refresh(holder.refreshToken, fresh.url)).toMatchObject({ code: 'refresh_invalid' });
  });

  test('A7: servers with the two secrets in either order understand each other', async () => {
    const holder = await signUp(world.main.url, mode);
    const prepared = await world.start({ secret: old, secretPrevious: [secret] });
    const swapped = await world.start({ secret, secretPrevious: [old] });
    let token = holder.refreshToken;
    for (const { url } of [swapped, prepared, swapped, prepared]) {
      world.advance(M);
      const refreshed = await holder.refresh(token, url);
      expect(refreshed).toMatchObject({ status: 200, rotated: true });
      token = refreshed.refreshToken ?? '';
    }
  });

  test('F6, A7: with neither secret the server refuses to start', async () => {
    const stranger = randomBytes(32).toString('base64');
    await expect(world.start({ secret: stranger })).rejects.toThrow(ConfigurationError);
    await expect(world.start({ secret: stranger, secretPrevious: [secret] })).rejects.toThrow(
      ConfigurationError,
    );
  });
});
