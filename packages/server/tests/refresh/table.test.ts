import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../store/databases.ts';
import { M, MARGIN, MODES, S, createWorld, logIn, signUp } from './world.ts';
import type { Holder, World } from './world.ts';

const CASES = DIALECTS.flatMap((dialect) => MODES.map((mode) => [dialect, mode] as const));

describe.each(CASES)('the refresh table on %s in %s mode', (dialect, mode) => {
  let world: World;
  let holder: Holder;
  let open: () => Promise<Holder>;

  beforeAll(async () => {
    world = await createWorld(dialect);
    open = () => signUp(world.main.url, mode);
  });

  afterAll(() => world.end());

  /** A session whose first token was replaced a moment ago by `current`. */
  async function promoted(): Promise<{ previous: string; current: string; next: string }> {
    holder = await open();
    world.advance(M);
    const current = await holder.rotate(holder.refreshToken);
    world.advance(M);
    const next = await holder.rotate(current);
    return { previous: holder.refreshToken, current, next };
  }

  async function expectTheft(token: string, living: string): Promise<void> {
    expect(await holder.refresh(token)).toMatchObject({ status: 401, code: 'session_ended' });
    expect(await world.row(holder.sessionId)).toMatchObject({ end_reason: 'refresh_reuse' });
    expect(await world.events(holder.sessionId)).toEqual(['login', 'refresh_reuse']);
    expect(await world.revocations(holder.sessionId)).toEqual([{ kind: 'session', id: holder.sessionId }]);
    expect(await holder.refresh(living)).toMatchObject({ status: 401, code: 'session_ended' });
    expect((await holder.session(holder.accessToken)).status).toBe(401);
  }

  test('the current token, younger than M: a new access token only', async () => {
    holder = await open();
    world.advance(M - MARGIN);
    const before = await world.row(holder.sessionId);
    const refreshed = await holder.refresh(holder.refreshToken);
    expect(refreshed).toMatchObject({ status: 200, rotated: false, refreshToken: undefined });
    expect((await holder.session(refreshed.accessToken ?? '')).status).toBe(200);
    const after = await world.row(holder.sessionId);
    expect(after).toMatchObject({ generation: 0, nonce: before?.nonce, promoted_at: null });
    expect(after?.idle_expires_at).toBeGreaterThan(before?.idle_expires_at ?? Infinity);
  });

  test('the current token, older: a new access token and a child, any number of times, however late', async () => {
    holder = await open();
    const children = new Set<string>();
    for (const later of [M, 0, M, 6 * 24 * 3_600_000]) {
      world.advance(later);
      const refreshed = await holder.refresh(holder.refreshToken);
      expect(refreshed).toMatchObject({ status: 200, rotated: true });
      children.add(refreshed.refreshToken ?? '');
    }
    expect(children.size).toBe(4);
    expect(await world.row(holder.sessionId)).toMatchObject({ generation: 0, ended_at: null });
  });

  test('a child of the current token, younger than M: a new access token only', async () => {
    holder = await open();
    world.advance(M);
    const child = await holder.rotate(holder.refreshToken);
    world.advance(M - MARGIN);
    expect(await holder.refresh(child)).toMatchObject({
      status: 200,
      rotated: false,
      refreshToken: undefined,
    });
    expect(await world.row(holder.sessionId)).toMatchObject({ generation: 0, promoted_at: null });
    expect(await holder.refresh(holder.refreshToken)).toMatchObject({ status: 200, rotated: true });
  });

  test('A8: a child of the current token, older: it becomes the current one', async () => {
    const { current, next } = await promoted();
    expect(await world.row(holder.sessionId)).toMatchObject({ generation: 1, ended_at: null });
    expect(await holder.refresh(current)).toMatchObject({ status: 200, rotated: true });
    world.advance(M);
    expect(await holder.refresh(next)).toMatchObject({ status: 200, rotated: true });
    expect(await world.row(holder.sessionId)).toMatchObject({ generation: 2, ended_at: null });
  });

  test('the previous token, within S: superseded, no tokens, nothing ended', async () => {
    const { previous, current } = await promoted();
    world.advance(S - MARGIN);
    const before = await world.row(holder.sessionId);
    const refused = await holder.refresh(previous);
    expect(refused).toMatchObject({ status: 409, code: 'refresh_superseded' });
    expect(refused.answer.json()['refresh']).toEqual({ client_timeout: 15, superseded_window: 30 });
    expect(refused.answer.headers.getSetCookie()).toEqual([]);
    expect(refused.answer.text).not.toContain('token"');
    expect(await world.row(holder.sessionId)).toEqual(before);
    expect(await world.events(holder.sessionId)).toEqual(['login']);
    expect(await holder.refresh(current)).toMatchObject({ status: 200, rotated: true });
  });

  test('A8, attack 53: the previous token, after S: theft', async () => {
    const { previous, current } = await promoted();
    world.advance(S + 1000);
    await expectTheft(previous, current);
  });

  test('a sibling of the token that became the current one: theft, at once', async () => {
    holder = await open();
    world.advance(M);
    const [current, sibling] = [
      await holder.rotate(holder.refreshToken),
      await holder.rotate(holder.refreshToken),
    ];
    world.advance(M);
    expect(await holder.refresh(current)).toMatchObject({ status: 200, rotated: true });
    await expectTheft(sibling, current);
  });

  test('attack 59: a token two generations old: theft, also within S', async () => {
    const { previous, next } = await promoted();
    world.advance(M);
    const newest = await holder.rotate(next);
    await expectTheft(previous, newest);
  });

  test('attack 58: no descendant refreshes after theft has ended the session', async () => {
    const { previous, current, next } = await promoted();
    world.advance(S + 1000);
    expect(await holder.refresh(previous)).toMatchObject({ code: 'session_ended' });
    world.advance(M);
    for (const token of [next, current, previous]) {
      expect(await holder.refresh(token)).toMatchObject({ status: 401, code: 'session_ended' });
    }
    expect(await world.events(holder.sessionId)).toEqual(['login', 'refresh_reuse']);
  });

  test('theft ends that session alone', async () => {
    const { previous } = await promoted();
    const other = await logIn(world.main.url, holder);
    world.advance(S + 1000);
    expect(await holder.refresh(previous)).toMatchObject({ code: 'session_ended' });
    expect(await other.refresh(other.refreshToken)).toMatchObject({ status: 200 });
    expect((await other.session(other.accessToken)).status).toBe(200);
  });

  test('a wrong HMAC: invalid, and nothing changes', async () => {
    holder = await open();
    world.advance(M);
    const before = await world.row(holder.sessionId);
    const last = holder.refreshToken.endsWith('A') ? 'E' : 'A';
    const forgeries = [
      holder.refreshToken.slice(0, -1) + last,
      holder.refreshToken.slice(0, 60) + randomBytes(48).toString('base64url').slice(0, 66),
      'lsr_',
      'not a token',
    ];
    for (const forgery of forgeries) {
      expect(await holder.refresh(forgery)).toMatchObject({ status: 401, code: 'refresh_invalid' });
    }
    expect(await world.row(holder.sessionId)).toEqual(before);
    expect(await world.events(holder.sessionId)).toEqual(['login']);
    expect(await holder.refresh(holder.refreshToken)).toMatchObject({ status: 200, rotated: true });
  });

  test('a wrong HMAC is refused without the database', async () => {
    holder = await open();
    const other = await world.start();
    await other.service.administration.store.close();
    const forgery = `lsr_${randomBytes(91).toString('base64url')}`;
    expect(await holder.refresh(forgery, other.url)).toMatchObject({ status: 401, code: 'refresh_invalid' });
    const right = await holder.refresh(holder.refreshToken, other.url);
    expect(right).toMatchObject({ status: 503, code: 'database_unavailable' });
  });
});
