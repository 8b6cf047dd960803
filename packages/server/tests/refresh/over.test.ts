import { ROUTES } from '@latchstring/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../store/databases.ts';
import { M, MARGIN, MODES, createWorld, logIn, signUp } from './world.ts';
import type { Holder, World } from './world.ts';

const DAY = 24 * 3_600_000;
const CASES = DIALECTS.flatMap((dialect) => MODES.map((mode) => [dialect, mode] as const));

describe.each(CASES)('a session that is over, on %s in %s mode', (dialect, mode) => {
  let world: World;
  let holder: Holder;

  beforeAll(async () => {
    // Days pass here between two requests: a key that is replaced in that moment is another test's subject.
    world = await createWorld(dialect, { keyRotationInterval: 400 * 24 * 3600 });
  });

  afterAll(() => world.end());

  async function open(): Promise<Holder> {
    return (holder = await signUp(world.main.url, mode));
  }

  async function expectOver(token: string): Promise<void> {
    const before = await world.row(holder.sessionId);
    const events = await world.events(holder.sessionId);
    const refused = await holder.refresh(token);
    expect(refused).toMatchObject({ status: 401, code: 'session_ended' });
    expect(refused).toMatchObject({ refreshToken: undefined, accessToken: undefined });
    // It may arrive late, after a login that has set newer cookies: those are not its to clear.
    expect(refused.answer.headers.getSetCookie()).toEqual([]);
    expect(await world.row(holder.sessionId)).toEqual(before);
    expect(await world.events(holder.sessionId)).toEqual(events);
  }

  test('attack 62: logged out: its tokens are refused, no theft is recorded, other sessions live on', async () => {
    await open();
    const other = await logIn(world.main.url, holder);
    world.advance(M);
    const child = await holder.rotate(holder.refreshToken);
    world.advance(M);
    await holder.rotate(child);
    expect((await holder.post(ROUTES.logout, child)).status).toBe(204);
    for (const token of [child, holder.refreshToken]) await expectOver(token);
    expect(await world.events(holder.sessionId)).toEqual(['login', 'logout']);
    expect(await other.refresh(other.refreshToken)).toMatchObject({ status: 200 });
  });

  test('attack 58: no child that was minted before the end refreshes after it', async () => {
    await open();
    world.advance(M);
    const child = await holder.rotate(holder.refreshToken);
    await world.main.service.administration.store.endSession(holder.sessionId, 'ended_by_administrator', {
      kind: 'session_ended',
      sessionId: holder.sessionId,
    });
    await expectOver(child);
    world.advance(M);
    await expectOver(child);
  });

  test('A3: nobody used it for 7 days', async () => {
    await open();
    world.advance(7 * DAY - MARGIN);
    expect(await holder.refresh(holder.refreshToken)).toMatchObject({ status: 200 });
    world.advance(7 * DAY + 1000);
    await expectOver(holder.refreshToken);
  });

  test('A3, attack 61: however much it is used, it is over after 30 days', async () => {
    await open();
    let token = holder.refreshToken;
    let accessToken = '';
    for (let day = 1; day < 30; day++) {
      world.advance(DAY);
      const refreshed = await holder.refresh(token);
      expect(refreshed).toMatchObject({ status: 200, rotated: true });
      token = refreshed.refreshToken ?? '';
    }
    world.advance(DAY - MARGIN);
    ({ accessToken = '', refreshToken: token = '' } = await holder.refresh(token));
    expect((await holder.session(accessToken)).status).toBe(200);
    const row = await world.row(holder.sessionId);
    expect(row).toMatchObject({ generation: 29, idle_expires_at: row?.expires_at });
    world.advance(MARGIN);
    await expectOver(token);
    expect((await holder.session(accessToken)).code).toBe('token_revoked');
  });

  test('its person was disabled', async () => {
    await open();
    world.advance(M);
    await world.main.service.administration.accounts.disable(holder.email, 'ban');
    await expectOver(holder.refreshToken);
    await world.main.service.administration.accounts.enable(holder.email);
    await expectOver(holder.refreshToken);
  });

  test('its person was disabled past the service, in the database', async () => {
    await open();
    await world.database.sql('update users set disabled_at = 1 where email = ?', holder.email);
    await expectOver(holder.refreshToken);
  });

  test('its row stays until its absolute end, and is then gone', async () => {
    await open();
    const { store } = world.main.service.administration;
    expect((await holder.post(ROUTES.logout, holder.refreshToken)).status).toBe(204);
    world.advance(29 * DAY);
    await store.prune();
    expect(await world.row(holder.sessionId)).toBeDefined();
    world.advance(2 * DAY);
    await store.prune();
    expect(await world.row(holder.sessionId)).toBeUndefined();
    await expectOver(holder.refreshToken);
  });
});
