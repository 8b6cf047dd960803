import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { HEADERS, ROUTES } from '@latchstring/protocol';
import type { RevocationEntry, RevocationRecord } from '../../src/domain/revocation.ts';
import type { Agent } from '../support/agent.ts';
import { useService } from '../support/fixture.ts';
import { claimsOf, headerOf, signHmac } from '../support/forge.ts';
import { rawRequest, sendRaw } from '../support/raw.ts';
import { PASSWORD, startService } from '../support/service.ts';

const shared = useService();

/** What an act has appended to the revocation log. */
async function appendedBy(act: () => Promise<unknown>): Promise<readonly RevocationRecord[]> {
  const { store } = shared.service.administration;
  const { seq } = (await store.readRevocations(0, 0)).position;
  await act();
  return (await store.readRevocations(seq, 100)).records;
}

function entriesOf(records: readonly RevocationRecord[]): readonly RevocationEntry[] {
  expect(records).toHaveLength(1);
  return records[0]?.entries ?? [];
}

async function answersOf(agent: Agent): Promise<readonly (string | undefined)[]> {
  const end = { method: 'DELETE' };
  const change = { current_password: PASSWORD, new_password: `${PASSWORD} again` };
  return [
    (await agent.session()).code,
    (await agent.send(ROUTES.sessions)).code,
    (await agent.send(`${ROUTES.sessions}/00000000-0000-7000-8000-000000000000`, end)).code,
    (await agent.post(ROUTES.passwordChange, change)).code,
  ];
}

describe('attack 38: several credentials in one request', () => {
  test('a cookie and an Authorization header', async () => {
    const agent = shared.agent();
    await agent.register(shared.email());
    const bearer = await shared.agent().registerBearer(shared.email());
    const headers = { authorization: `Bearer ${bearer.access_token}` };
    expect((await agent.send(ROUTES.session, { headers })).code).toBe('credentials_ambiguous');
  });

  test('two Authorization headers, also joined by a comma', async () => {
    const { access_token: token } = await shared.agent().registerBearer(shared.email());
    const twice = [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`];
    for (const headers of [twice, twice.toReversed(), [`Authorization: Bearer ${token}, Bearer ${token}`]]) {
      const answer = await sendRaw(
        shared.url,
        rawRequest(`GET ${ROUTES.session} HTTP/1.1`, ['Host: localhost', ...headers]),
      );
      expect(answer).toContain('"code":"credentials_ambiguous"');
    }
  });

  test('a token in the channel of the other mode', async () => {
    const agent = shared.agent();
    await agent.register(shared.email());
    const asBearer = await shared.agent().bearer(ROUTES.session, agent.accessToken ?? '');
    expect(asBearer.code).toBe('credentials_ambiguous');
    const bearer = await shared.agent().registerBearer(shared.email());
    const other = shared.agent();
    other.cookies.set(other.names.access, bearer.access_token);
    expect((await other.session()).code).toBe('credentials_ambiguous');
  });

  test('a refresh token in a cookie and one in the body', async () => {
    const agent = shared.agent();
    await agent.register(shared.email());
    const bearer = await shared.agent().registerBearer(shared.email());
    const answer = await agent.post(ROUTES.refresh, { refresh_token: bearer.refresh_token });
    expect(answer.code).toBe('credentials_ambiguous');
  });
});

test('attack 39: a token in the query, the body or another header is not read', async () => {
  const { access_token: token } = await shared.agent().registerBearer(shared.email());
  const agent = shared.agent();
  for (const path of [`?access_token=${token}`, `?token=${token}`, `#access_token=${token}`]) {
    expect((await agent.send(ROUTES.session + path)).code).toBe('credentials_missing');
  }
  const headers = { 'x-access-token': token, authorization: `Token ${token}` };
  expect((await agent.send(ROUTES.session, { headers })).code).toBe('credentials_missing');
  const change = { current_password: PASSWORD, new_password: `${PASSWORD} again`, access_token: token };
  expect((await agent.post(ROUTES.passwordChange, change)).code).toBe('request_invalid');
});

describe('attack 46: what is no access token', () => {
  test('a refresh or CSRF token', async () => {
    const agent = shared.agent();
    await agent.register(shared.email());
    const bearer = await agent.clone().registerBearer(shared.email());
    for (const token of [bearer.refresh_token, agent.refreshToken, agent.cookies.get(agent.names.csrf)]) {
      expect((await shared.agent().bearer(ROUTES.session, token ?? '')).code).toBe('token_malformed');
    }
  });

  test('a token of another type under the same key', async () => {
    const secret = 'kBq3vZ9sTn7wXc2mRf8yHj4pLd6gUa1e';
    const under = await startService(shared.database, { hs256Secret: secret });
    const { access_token: token } = await shared.agent().registerBearer(shared.email());
    const { kid } = headerOf((await registered(under.url)).access_token);
    const claims = { ...claimsOf(token), jti: 'another' };
    for (const typ of ['JWT', 'id_token+jwt', 'logout+jwt', 'dpop+jwt', undefined]) {
      const answer = await shared.agent().bearer(ROUTES.session, signHmac({ typ, kid }, claims, secret));
      expect(answer.status).toBe(401);
      const { code } = await callAt(under.url, signHmac({ typ, kid }, claims, secret));
      expect(code).toBe('token_wrong_type');
    }
    await under.stop();
  });
});

async function registered(url: string): Promise<{ access_token: string }> {
  const answer = await fetch(url + ROUTES.register, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: shared.email(), password: PASSWORD, mode: 'bearer' }),
  });
  return (await answer.json()) as { access_token: string };
}

async function callAt(url: string, token: string): Promise<{ code?: string }> {
  const answer = await fetch(url + ROUTES.session, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()) as { code?: string };
}

test('attack 47: an access token refreshes nothing', async () => {
  const agent = shared.agent();
  await agent.register(shared.email());
  const bearer = await shared.agent().registerBearer(shared.email());
  const byBody = await shared
    .agent()
    .post(ROUTES.refresh, { refresh_token: bearer.access_token }, { origin: undefined });
  expect(byBody.code).toBe(bearer.access_token.length > 512 ? 'request_invalid' : 'refresh_invalid');
  agent.cookies.set(agent.names.refresh, agent.accessToken ?? '');
  expect((await agent.refresh()).code).toBe('refresh_invalid');
});

describe('attack 49: a token of another environment', () => {
  test('from another service with the same issuer and audience, under its own key', async () => {
    const foreign = await generateForeign(shared.service.settings.issuer);
    expect((await shared.agent().bearer(ROUTES.session, foreign)).code).toBe('token_untrusted');
  });

  test('under the same key, for another issuer or audience', async () => {
    const secret = 'kBq3vZ9sTn7wXc2mRf8yHj4pLd6gUa1e';
    const production = await startService(shared.database, { hs256Secret: secret });
    const { access_token: token } = await registered(production.url);
    for (const [claim, value, code] of [
      ['iss', 'http://localhost:4001', 'token_wrong_issuer'],
      ['aud', 'staging', 'token_wrong_audience'],
    ] as const) {
      const forged = signHmac(headerOf(token), { ...claimsOf(token), [claim]: value }, secret);
      expect((await callAt(production.url, forged)).code).toBe(code);
    }
    await production.stop();
  });

  test('a refresh token of a service with another secret', async () => {
    const other = await startService(shared.database, { hs256Secret: 'kBq3vZ9sTn7wXc2mRf8yHj4pLd6gUa1e' });
    const { refresh_token: token } = await shared.agent().registerBearer(shared.email());
    const answer = await fetch(other.url + ROUTES.refresh, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: token }),
    });
    expect(await answer.json()).toMatchObject({ code: 'refresh_invalid' });
    await other.stop();
  });
});

async function generateForeign(issuer: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { access_token: token } = await shared.agent().registerBearer(shared.email());
  const header = headerOf(token) as { alg: string };
  return new SignJWT({ ...claimsOf(token), iss: issuer }).setProtectedHeader(header).sign(privateKey);
}

describe('attack 50: on its own routes, what was ended is refused at once', () => {
  test('one session, by logout (attack 68: neither token is of use any more)', async () => {
    const agent = shared.agent();
    const { session } = await agent.register(shared.email());
    const copy = agent.clone();
    const records = await appendedBy(() => agent.post(ROUTES.logout));
    expect(entriesOf(records)).toEqual([{ kind: 'session', id: session.id }]);
    expect(await answersOf(copy)).toEqual(Array(4).fill('token_revoked'));
    expect((await copy.refresh()).code).toBe('session_ended');
  });

  test('one session of several, by its owner (E5)', async () => {
    const agent = shared.agent();
    const email = shared.email();
    await agent.register(email);
    const phone = shared.agent();
    const { session } = await phone.login(email);
    const end = `${ROUTES.sessions}/${session.id}`;
    const records = await appendedBy(() => agent.send(end, { method: 'DELETE' }));
    expect(entriesOf(records)).toEqual([{ kind: 'session', id: session.id }]);
    expect(await answersOf(phone)).toEqual(Array(4).fill('token_revoked'));
    expect((await agent.session()).status).toBe(200);
    expect((await agent.send(end, { method: 'DELETE' })).code).toBe('not_found');
  });

  test('all sessions of a user, and of nobody else (attack 62)', async () => {
    const other = shared.agent();
    await other.register(shared.email());
    const email = shared.email();
    const agents = [shared.agent(), shared.agent(), shared.agent()] as const;
    const ids = [(await agents[0].register(email)).session.id];
    for (const agent of agents.slice(1)) ids.push((await agent.login(email)).session.id);
    const copies = agents.map((agent) => agent.clone());
    const records = await appendedBy(() => agents[0].post(ROUTES.logoutAll));
    expect(entriesOf(records)).toHaveLength(3);
    expect(entriesOf(records)).toEqual(expect.arrayContaining(ids.map((id) => ({ kind: 'session', id }))));
    for (const copy of copies) expect(await answersOf(copy)).toEqual(Array(4).fill('token_revoked'));
    expect((await other.session()).status).toBe(200);
  });

  test("E5: nobody ends another's session", async () => {
    const agent = shared.agent();
    await agent.register(shared.email());
    const other = shared.agent();
    const { session } = await other.register(shared.email());
    const answer = await agent.send(`${ROUTES.sessions}/${session.id}`, { method: 'DELETE' });
    expect(answer.code).toBe('not_found');
    expect((await other.session()).status).toBe(200);
  });

  test('a session that was not used, or is past its absolute end (attack 61)', async () => {
    const under = await startService(shared.database, {
      ...{ accessTokenLifetime: 900, sessionIdleLifetime: 900, sessionLifetime: 2000 },
      hs256Secret: 'kBq3vZ9sTn7wXc2mRf8yHj4pLd6gUa1e',
    });
    const { Agent } = await import('../support/agent.ts');
    const agent = new Agent(under.url);
    const idle = new Agent(under.url);
    await agent.register(shared.email());
    await idle.register(shared.email());
    for (const seconds of [800, 800]) {
      under.advance(seconds * 1000);
      expect((await agent.refresh()).status).toBe(200);
    }
    expect((await idle.refresh()).code).toBe('session_ended');
    under.advance(401_000);
    expect((await agent.refresh()).code).toBe('session_ended');
    expect((await agent.session()).status).toBe(401);
    await under.stop();
  });
});

describe('attack 51: a token from before', () => {
  test('a change of the password: the other sessions are over, this one goes on with a new token', async () => {
    const agent = shared.agent();
    const email = shared.email();
    const { session } = await agent.register(email);
    const other = shared.agent();
    const { session: ended } = await other.login(email);
    const before = agent.clone();
    const next = 'four slow otters under the bridge';
    const records = await appendedBy(() =>
      agent.post(ROUTES.passwordChange, { current_password: PASSWORD, new_password: next }),
    );
    expect(entriesOf(records)).toEqual([
      { kind: 'session', id: ended.id },
      { kind: 'session', id: session.id, below: 2 },
    ]);
    expect(await answersOf(other)).toEqual(Array(4).fill('token_revoked'));
    expect(await answersOf(before)).toEqual(Array(4).fill('token_outdated'));
    expect((await agent.session()).status).toBe(200);
    expect((await agent.refresh()).status).toBe(200);
    const fresh = shared.agent();
    expect((await fresh.post(ROUTES.login, { email, password: PASSWORD })).code).toBe('credentials_invalid');
    await fresh.login(email, next);
  });

  test('the account was disabled: every session is over, and none opens', async () => {
    const agent = shared.agent();
    const email = shared.email();
    const { session } = await agent.register(email);
    const records = await appendedBy(() => shared.service.administration.accounts.disable(email, 'ban'));
    expect(entriesOf(records)).toEqual([{ kind: 'session', id: session.id }]);
    expect(await answersOf(agent)).toEqual(Array(4).fill('token_revoked'));
    expect((await agent.refresh()).code).toBe('session_ended');
    const login = await shared.agent().post(ROUTES.login, { email, password: PASSWORD });
    expect(login.code).toBe('credentials_invalid');
    await shared.service.administration.accounts.enable(email);
    await shared.agent().login(email);
    expect((await agent.session()).status).toBe(401);
  });

  test('a role was taken away: outdated, and the refreshed token lacks it', async () => {
    const agent = shared.agent();
    const email = shared.email();
    await agent.register(email);
    const { accounts } = shared.service.administration;
    await accounts.setRoles(email, ['admin', 'editor']);
    await agent.refresh();
    expect(claimsOf(agent.accessToken ?? '')['roles']).toEqual(['admin', 'editor']);
    const records = await appendedBy(() => accounts.setRoles(email, ['editor']));
    expect(entriesOf(records)).toEqual([{ kind: 'session', id: expect.any(String) as string, below: 3 }]);
    expect(await answersOf(agent)).toEqual(Array(4).fill('token_outdated'));
    expect((await agent.refresh()).status).toBe(200);
    expect((await agent.session()).json()).toMatchObject({ user: { roles: ['editor'] } });
    expect(claimsOf(agent.accessToken ?? '')['roles']).toEqual(['editor']);
  });
});

test('a bearer session logs out with either token, and sets no cookie', async () => {
  for (const pick of ['access_token', 'refresh_token'] as const) {
    const agent = shared.agent();
    const tokens = await agent.registerBearer(shared.email());
    const answer =
      pick === 'access_token'
        ? await agent.bearer(ROUTES.logout, tokens.access_token, { method: 'POST' })
        : await agent.post(ROUTES.logout, { refresh_token: tokens.refresh_token }, { origin: undefined });
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await agent.bearer(ROUTES.session, tokens.access_token)).code).toBe('token_revoked');
  }
});

test('a logout behind a password of another kind still goes by the cookies', async () => {
  const agent = shared.agent();
  await agent.register(shared.email());
  agent.cookies.delete(agent.names.access);
  const copy = agent.clone();
  const headers = { authorization: `Basic ${Buffer.from('staging:staging').toString('base64')}` };
  expect((await agent.post(ROUTES.logout, {}, headers)).status).toBe(204);
  expect(
    (await copy.post(ROUTES.refresh, {}, { [HEADERS.csrf]: copy.cookies.get(copy.names.csrf) })).code,
  ).toBe('session_ended');
});
