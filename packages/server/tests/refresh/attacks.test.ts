import { HEADERS, ROUTES, cookieNames } from '@latchstring/protocol';
import type { SessionMode } from '@latchstring/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSecrets } from '../../src/crypto/secrets.ts';
import { csrfToken } from '../../src/domain/csrf.ts';
import { parseRefreshToken } from '../../src/domain/refresh-token.ts';
import { DIALECTS } from '../store/databases.ts';
import { Agent } from '../support/agent.ts';
import { APP_ORIGIN, ISSUER, testOptions } from '../support/service.ts';
import { M, MODES, S, createWorld, signUp } from './world.ts';
import type { Holder, World } from './world.ts';

const NAMES = cookieNames({ issuer: ISSUER });
const { secret } = testOptions();
const mac = createSecrets(secret, []).mac('refresh');

describe.each(DIALECTS)('attacks on the refresh on %s', (dialect) => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld(dialect, { secret });
  });

  afterAll(() => world.end());

  /** A session with a child that is due to become the current token, and its row. */
  async function ripe(mode: SessionMode): Promise<{ holder: Holder; child: string; before: unknown }> {
    const holder = await signUp(world.main.url, mode);
    world.advance(M);
    const child = await holder.rotate(holder.refreshToken);
    world.advance(M);
    return { holder, child, before: await world.row(holder.sessionId) };
  }

  test.each(MODES)(
    'attack 55: an old token is refused after a restart as before it, in %s mode',
    async (mode) => {
      const holder = await signUp(world.main.url, mode);
      world.advance(M);
      const second = await holder.rotate(holder.refreshToken);
      world.advance(M);
      const third = await holder.rotate(second);
      const restarted = await world.start();
      expect(await holder.refresh(second, restarted.url)).toMatchObject({ status: 200, rotated: true });
      expect(await holder.refresh(holder.refreshToken, restarted.url)).toMatchObject({
        code: 'refresh_superseded',
      });
      world.advance(S + 1000);
      expect(await holder.refresh(holder.refreshToken, restarted.url)).toMatchObject({
        code: 'session_ended',
      });
      expect(await holder.refresh(third, restarted.url)).toMatchObject({ code: 'session_ended' });
      expect(await world.row(holder.sessionId)).toMatchObject({ end_reason: 'refresh_reuse' });
    },
  );

  test('attack 56: tokens of one moment are told apart by generation and nonce, not by time', async () => {
    const holder = await signUp(world.main.url, 'bearer');
    world.advance(M);
    const twins = await Promise.all([1, 2, 3, 4].map(() => holder.rotate(holder.refreshToken)));
    const facts = twins.map((twin) => parseRefreshToken(twin, mac)!);
    const moments = facts.map(({ issuedAt }) => issuedAt);
    expect(Math.max(...moments) - Math.min(...moments)).toBeLessThan(1000);
    expect(facts.map(({ generation }) => generation)).toEqual([1, 1, 1, 1]);
    const [one = '', other = ''] = twins;
    world.advance(M);
    expect(await holder.refresh(one)).toMatchObject({ status: 200 });
    expect(await holder.refresh(other)).toMatchObject({ status: 401, code: 'session_ended' });
  });

  test('attack 56: a clock that is set back makes no replaced token good again', async () => {
    const holder = await signUp(world.main.url, 'bearer');
    world.advance(M);
    const second = await holder.rotate(holder.refreshToken);
    world.advance(M);
    const third = await holder.rotate(second);
    world.advance(-3 * M);
    expect(await holder.refresh(holder.refreshToken)).toMatchObject({ code: 'refresh_superseded' });
    expect(await holder.refresh(third)).toMatchObject({ status: 200, rotated: false });
    world.advance(4 * M);
    expect(await holder.refresh(third)).toMatchObject({ status: 200, rotated: true });
    expect(await holder.refresh(holder.refreshToken)).toMatchObject({ code: 'session_ended' });
  });

  test('attack 60: the token of a bearer session is worth nothing in a cookie', async () => {
    const { holder, child, before } = await ripe('bearer');
    const cookie = `${NAMES.refresh}=${child}`;
    const agent = new Agent(world.main.url);
    expect((await agent.post(ROUTES.refresh, {}, { cookie })).code).toBe('csrf_failed');
    // Not even for somebody who could make the CSRF token that was never handed out.
    const csrf = csrfToken(holder.sessionId, createSecrets(secret, []).mac('csrf'));
    const refused = await agent.post(ROUTES.refresh, {}, { cookie, [HEADERS.csrf]: csrf });
    expect(refused.code).toBe('refresh_invalid');
    expect(agent.cookies.size).toBe(0);
    expect(await world.row(holder.sessionId)).toEqual(before);
    expect(await holder.refresh(child)).toMatchObject({ status: 200, rotated: true });
  });

  test('attack 60: the token of a cookie session is worth nothing in a body', async () => {
    const { holder, child, before } = await ripe('cookie');
    for (const origin of [undefined, APP_ORIGIN]) {
      const agent = new Agent(world.main.url);
      const refused = await agent.post(ROUTES.refresh, { refresh_token: child }, { origin });
      expect(refused).toMatchObject({ status: 401, code: 'refresh_invalid' });
      expect(refused.json()).not.toHaveProperty('access_token');
      expect(agent.cookies.size).toBe(0);
    }
    expect(await world.row(holder.sessionId)).toEqual(before);
    expect(await world.events(holder.sessionId)).toEqual(['login']);
    expect(await holder.refresh(child)).toMatchObject({ status: 200, rotated: true });
  });

  test('attack 60: a refresh asks for no other client and no more rights', async () => {
    const holder = await signUp(world.main.url, 'bearer');
    world.advance(M);
    for (const more of [{ client_id: 'web' }, { scope: 'admin' }, { roles: ['admin'] }, { mode: 'cookie' }]) {
      const body = { refresh_token: holder.refreshToken, ...more };
      const refused = await new Agent(world.main.url).post(ROUTES.refresh, body, { origin: undefined });
      expect(refused).toMatchObject({ status: 400, code: 'request_invalid' });
    }
  });

  test('a token in a cookie and one in the body are one too many', async () => {
    const holder = await signUp(world.main.url, 'cookie');
    const cookie = `${NAMES.refresh}=${holder.refreshToken}`;
    const body = { refresh_token: holder.refreshToken };
    const refused = await new Agent(world.main.url).post(ROUTES.refresh, body, {
      cookie,
      [HEADERS.csrf]: holder.csrf,
    });
    expect(refused).toMatchObject({ status: 400, code: 'credentials_ambiguous' });
  });
});
