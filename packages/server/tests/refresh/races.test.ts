import { ROUTES } from '@latchstring/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../store/databases.ts';
import type { ServiceUnderTest } from '../support/service.ts';
import { M, MODES, createWorld, signUp } from './world.ts';
import type { Holder, Refreshed, World } from './world.ts';

const CASES = DIALECTS.flatMap((dialect) => MODES.map((mode) => [dialect, mode] as const));

/** Two servers on one database, which share nothing else. */
describe.each(CASES)('refreshes at one moment on %s in %s mode', (dialect, mode) => {
  let world: World;
  let servers: readonly ServiceUnderTest[];

  beforeAll(async () => {
    world = await createWorld(dialect);
    servers = [world.main, await world.start()];
  });

  afterAll(() => world.end());

  /** Sends every token at once, to one server and the other by turns. */
  function together(holder: Holder, tokens: readonly string[]): Promise<Refreshed[]> {
    return Promise.all(tokens.map((token, i) => holder.refresh(token, servers[i % servers.length]?.url)));
  }

  const tokensOf = (refreshed: readonly Refreshed[]): string[] =>
    refreshed.map(({ refreshToken }) => refreshToken ?? '');

  test('attack 54: one token many times: it is promoted once, and of its children one lives', async () => {
    const holder = await signUp(world.main.url, mode);
    world.advance(M);
    const current = await holder.rotate(holder.refreshToken);
    world.advance(M);
    const refreshed = await together(holder, Array<string>(32).fill(current));
    expect(new Set(refreshed.map(({ status }) => status))).toEqual(new Set([200]));
    const children = tokensOf(refreshed);
    expect(new Set(children).size).toBe(32);
    expect(await world.row(holder.sessionId)).toMatchObject({ generation: 1, ended_at: null });

    world.advance(M);
    const used = await together(holder, children);
    const lives = used.filter(({ status }) => status === 200);
    expect(lives).toHaveLength(1);
    expect(used.filter(({ code }) => code === 'session_ended')).toHaveLength(31);
    expect(await world.row(holder.sessionId)).toMatchObject({ generation: 2, end_reason: 'refresh_reuse' });
    // However many found it, it was ended, recorded and revoked once.
    expect(await world.events(holder.sessionId)).toEqual(['login', 'refresh_reuse']);
    expect(await world.revocations(holder.sessionId)).toHaveLength(1);
    for (const { code } of await together(holder, tokensOf(lives))) expect(code).toBe('session_ended');
  });

  test('attack 54: a token and its child at once make one line', async () => {
    const holder = await signUp(world.main.url, mode);
    let current = holder.refreshToken;
    world.advance(M);
    for (let generation = 1; generation <= 5; generation++) {
      const child = await holder.rotate(current);
      world.advance(M);
      const refreshed = await together(
        holder,
        Array.from({ length: 12 }, (_, i) => [current, child][i % 2]!),
      );
      for (const [i, { status, code }] of refreshed.entries()) {
        // The parent before the promotion is the current token, and after it the previous one.
        if (i % 2 === 1) expect(status).toBe(200);
        else expect(code ?? 'served').toMatch(/^(served|refresh_superseded)$/);
      }
      expect(await world.row(holder.sessionId)).toMatchObject({ generation, ended_at: null });
      current = child;
    }
  });

  test.each(['logout', 'logoutAll', 'disabled'] as const)(
    'attack 57: a refresh that races with the end of its session (%s): nothing lives afterwards',
    async (end) => {
      for (let round = 0; round < 4; round++) {
        const holder = await signUp(world.main.url, mode);
        world.advance(M);
        const before = together(holder, Array<string>(4).fill(holder.refreshToken));
        const ending = endSession(holder, end);
        const after = together(holder, Array<string>(4).fill(holder.refreshToken));
        const [first, second] = await Promise.all([before, after, ending]);
        for (const { status, code } of [...first, ...second]) {
          expect(code ?? status).toBeOneOf([200, 'session_ended']);
        }
        await Promise.all([holder, ...first, ...second].map((handedOut) => expectDead(holder, handedOut)));
      }
    },
  );

  async function endSession(holder: Holder, end: 'logout' | 'logoutAll' | 'disabled'): Promise<void> {
    const other = servers[1];
    if (end === 'disabled') await other?.service.administration.accounts.disable(holder.email, 'ban');
    else expect((await holder.post(ROUTES[end], holder.refreshToken, other?.url)).status).toBe(204);
  }

  async function expectDead(
    holder: Holder,
    { accessToken, refreshToken }: Partial<Pick<Refreshed, 'accessToken' | 'refreshToken'>>,
  ): Promise<void> {
    for (const { url } of servers) {
      if (accessToken !== undefined)
        expect((await holder.session(accessToken, url)).code).toBe('token_revoked');
      if (refreshToken !== undefined)
        expect((await holder.refresh(refreshToken, url)).code).toBe('session_ended');
    }
  }
});
