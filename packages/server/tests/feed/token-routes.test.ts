import { describe, expect, test } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import type { LoginAnswer, RevocationEvent } from '@latchstring/protocol';
import type { Answer } from '../support/agent.ts';
import { useService } from '../support/fixture.ts';
import { PASSWORD } from '../support/service.ts';
import { decodeEvent } from './events.ts';

const SECRET = 'Vt1uG7q0m2yQzN4sXbKfJ8hPwRcLdEoA5iUgTnYx3Zk';
const shared = useService({ introspectionSecret: SECRET });

const BACKEND = `Basic ${Buffer.from(`backend:${SECRET}`).toString('base64')}`;

interface Bearer {
  readonly access: string;
  readonly refresh: string;
  readonly session: string;
}

async function bearer(): Promise<Bearer> {
  const body = { email: shared.email(), password: PASSWORD, mode: 'bearer' };
  const answer = (await shared.agent().post(ROUTES.register, body)).json<LoginAnswer>();
  return {
    access: answer.access_token ?? '',
    refresh: answer.refresh_token ?? '',
    session: answer.session.id,
  };
}

function form(
  path: string,
  fields: Record<string, string> | string,
  authorization?: string,
): Promise<Answer> {
  const body = new URLSearchParams(fields).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: undefined, authorization };
  return shared.agent().send(path, { method: 'POST', body, headers });
}

const whoAmI = (token: string): Promise<Answer> =>
  shared.agent().send(ROUTES.session, { headers: { authorization: `Bearer ${token}` } });

async function snapshot(): Promise<RevocationEvent> {
  return decodeEvent((await shared.agent().send(ROUTES.revocations)).text);
}

describe('POST /revoke (RFC 7009)', () => {
  test('A9, attack 50: an access token alone is refused at once, and its session goes on', async () => {
    const { access, refresh } = await bearer();
    expect((await form(ROUTES.revoke, { token: access })).status).toBe(200);
    expect((await whoAmI(access)).code).toBe('token_outdated');
    const next = (await shared.agent().post(ROUTES.refresh, { refresh_token: refresh })).json<LoginAnswer>();
    expect((await whoAmI(next.access_token ?? '')).status).toBe(200);
  });

  test('A9: a refresh token ends its session, and the feed says so', async () => {
    const { access, refresh, session } = await bearer();
    expect((await form(ROUTES.revoke, { token: refresh, token_type_hint: 'refresh_token' })).status).toBe(
      200,
    );
    expect((await whoAmI(access)).code).toBe('token_revoked');
    expect((await snapshot()).entries).toContainEqual({ kind: 'session', id: session });
  });

  test.each([['nonsense'], ['a.b.c'], [`lsr_${'A'.repeat(122)}`]])(
    'a token that is none is no error: %s',
    async (token) => {
      const before = await snapshot();
      expect((await form(ROUTES.revoke, { token })).status).toBe(200);
      expect((await snapshot()).seq).toBe(before.seq);
    },
  );

  test('attack 70, attack 97: JSON, and a parameter that occurs twice, are refused', async () => {
    expect((await shared.agent().post(ROUTES.revoke, { token: 'x' })).code).toBe('content_type_unsupported');
    expect((await form(ROUTES.revoke, 'token=a&token=b')).code).toBe('request_invalid');
    expect((await form(ROUTES.revoke, {})).code).toBe('request_invalid');
  });
});

describe('POST /introspect (RFC 7662)', () => {
  test('tells a backend what a living token says', async () => {
    const { access, session } = await bearer();
    const answer = await form(ROUTES.introspect, { token: access }, BACKEND);
    expect(answer.json()).toMatchObject({
      active: true,
      sid: session,
      token_type: 'Bearer',
      client_id: 'native',
    });
  });

  test('attack 50: tells nothing of a token whose session has ended', async () => {
    const { access, refresh } = await bearer();
    await shared.agent().post(ROUTES.logout, { refresh_token: refresh }, { origin: undefined });
    expect((await form(ROUTES.introspect, { token: access }, BACKEND)).json()).toEqual({ active: false });
    expect((await form(ROUTES.introspect, { token: refresh }, BACKEND)).json()).toEqual({ active: false });
  });

  test.each([[undefined], ['Basic eDp5'], [`${BACKEND}A`], [BACKEND.replace('Basic', 'Bearer')]])(
    'refuses whoever is not the backend: %#',
    async (authorization) => {
      const answer = await form(ROUTES.introspect, { token: 'x' }, authorization);
      expect(answer.code).toBe('credentials_invalid');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
    },
  );
});

describe('without a secret for it', () => {
  const bare = useService();

  test('there is no introspection', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: BACKEND };
    const answer = await bare.agent().send(ROUTES.introspect, { method: 'POST', body: 'token=x', headers });
    expect(answer.code).toBe('not_found');
  });
});
