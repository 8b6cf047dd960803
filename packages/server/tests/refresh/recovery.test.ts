import { copyFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSecrets } from '../../src/crypto/secrets.ts';
import { issueRefreshToken, parseRefreshToken } from '../../src/domain/refresh-token.ts';
import type { SessionsTable } from '../../src/store/schema.ts';
import { DIALECTS } from '../store/databases.ts';
import { M, MODES, S, createWorld, signUp } from './world.ts';
import type { Holder, World } from './world.ts';

const CASES = DIALECTS.flatMap((dialect) => MODES.map((mode) => [dialect, mode] as const));

/** Puts a session's row back to what it was, as a backup would. */
async function restore({ database }: World, row: SessionsTable | undefined): Promise<void> {
  if (row === undefined) throw new Error('There is nothing to restore.');
  await database.sql(
    'update sessions set generation = ?, nonce = ?, previous_nonce = ?, promoted_at = ? where id = ?',
    row.generation,
    row.nonce,
    row.previous_nonce,
    row.promoted_at,
    row.id,
  );
}

describe.each(CASES)('a token that is ahead of its row, on %s in %s mode', (dialect, mode) => {
  const secret = randomBytes(32).toString('base64');
  let world: World;
  let holder: Holder;

  beforeAll(async () => {
    world = await createWorld(dialect, { secret });
  });

  afterAll(() => world.end());

  /** A session that went on for two generations after its backup: `newest` is the child of `current`. */
  async function goneOn(): Promise<{ backup: SessionsTable | undefined; current: string; newest: string }> {
    holder = await signUp(world.main.url, mode);
    const backup = await world.row(holder.sessionId);
    let [current, newest] = ['', holder.refreshToken];
    for (let generation = 0; generation < 3; generation++) {
      world.advance(M);
      [current, newest] = [newest, await holder.rotate(newest)];
    }
    return { backup, current, newest };
  }

  const openRecovery = (duration: number): Promise<number> =>
    world.main.service.administration.store.openRecovery(duration, { kind: 'recovery_opened' });

  test('is refused while recovery is closed, ends nothing, and raises an alarm', async () => {
    const { backup, current, newest } = await goneOn();
    await restore(world, backup);
    const before = await world.row(holder.sessionId);
    for (const token of [newest, current]) {
      expect(await holder.refresh(token)).toMatchObject({ status: 401, code: 'session_ended' });
    }
    expect(await world.row(holder.sessionId)).toEqual(before);
    expect(await world.events(holder.sessionId)).toEqual(['login', 'refresh_ahead', 'refresh_ahead']);
    expect(await world.revocations(holder.sessionId)).toEqual([]);
  });

  test('that somebody made with the secret alone opens nothing', async () => {
    holder = await signUp(world.main.url, mode);
    const mac = createSecrets(secret, []).mac('refresh');
    const facts = parseRefreshToken(holder.refreshToken, mac);
    if (facts === undefined) throw new Error('The secret is not the one.');
    const made = { ...facts, generation: 7, nonce: randomBytes(16), parentNonce: randomBytes(16) };
    world.advance(M);
    const refused = await holder.refresh(issueRefreshToken(made, mac));
    expect(refused).toMatchObject({ status: 401, code: 'session_ended', accessToken: undefined });
    expect(await world.events(holder.sessionId)).toEqual(['login', 'refresh_ahead']);
    expect(await holder.refresh(holder.refreshToken)).toMatchObject({ status: 200 });
  });

  test('is believed while recovery is open: young, for an access token; old, as the current one', async () => {
    const { backup, current, newest } = await goneOn();
    await restore(world, backup);
    await openRecovery(7 * 24 * 3_600_000);
    expect(await holder.refresh(newest)).toMatchObject({ status: 200, rotated: false });
    expect(await world.row(holder.sessionId)).toMatchObject({ generation: 2, promoted_at: null });
    expect(await holder.refresh(current)).toMatchObject({ status: 200, rotated: true });

    world.advance(M);
    const next = await holder.rotate(newest);
    expect(await world.row(holder.sessionId)).toMatchObject({ generation: 3 });
    expect(await holder.refresh(current)).toMatchObject({ status: 409, code: 'refresh_superseded' });
    world.advance(M);
    expect(await holder.refresh(next)).toMatchObject({ status: 200, rotated: true });
    expect(await world.events(holder.sessionId)).toEqual(['login', 'session_recovered']);
    expect(await holder.refresh(holder.refreshToken)).toMatchObject({ code: 'session_ended' });
    expect(await world.events(holder.sessionId)).toEqual(['login', 'session_recovered', 'refresh_reuse']);
  });

  test('is refused again when recovery is over', async () => {
    const { backup, newest } = await goneOn();
    await restore(world, backup);
    await openRecovery(60_000);
    world.advance(61_000);
    expect(await holder.refresh(newest)).toMatchObject({ status: 401, code: 'session_ended' });
    expect(await world.events(holder.sessionId)).toEqual(['login', 'refresh_ahead']);
  });

  test('opens no session that is over, whether or not recovery is open', async () => {
    const { backup, newest } = await goneOn();
    await restore(world, backup);
    await openRecovery(60_000);
    await world.main.service.administration.accounts.disable(holder.email, 'ban');
    expect(await holder.refresh(newest)).toMatchObject({ status: 401, code: 'session_ended' });
    expect(await world.events(holder.sessionId)).toEqual(['login']);
  });

  test('theft is found after a recovery as before it', async () => {
    const { backup, current, newest } = await goneOn();
    await restore(world, backup);
    await openRecovery(24 * 3_600_000);
    world.advance(M);
    await holder.rotate(newest);
    world.advance(S + 1000);
    expect(await holder.refresh(current)).toMatchObject({ status: 401, code: 'session_ended' });
    expect(await world.row(holder.sessionId)).toMatchObject({ end_reason: 'refresh_reuse' });
  });
});

test('a SQLite file that is put back: sessions go on while recovery is open', async () => {
  const world = await createWorld('SQLite');
  const path = fileURLToPath(world.database.url.replace(/^file:/, 'file://'));
  const holder = await signUp(world.main.url, 'cookie');
  await world.main.stop();
  copyFileSync(path, `${path}.backup`);

  const later = await world.start();
  let token = holder.refreshToken;
  for (let generation = 0; generation < 3; generation++) {
    world.advance(M);
    token = (await holder.refresh(token, later.url)).refreshToken ?? '';
  }
  await later.stop();
  copyFileSync(`${path}.backup`, path);

  const restored = await world.start();
  expect(await holder.refresh(token, restored.url)).toMatchObject({ status: 401, code: 'session_ended' });
  const { store } = restored.service.administration;
  await store.openRecovery(24 * 3_600_000, { kind: 'recovery_opened' });
  world.advance(M);
  const recovered = await holder.refresh(token, restored.url);
  expect(recovered).toMatchObject({ status: 200, rotated: true });
  expect((await holder.session(recovered.accessToken ?? '', restored.url)).status).toBe(200);
  await restored.stop();
  await world.database.drop();
});
