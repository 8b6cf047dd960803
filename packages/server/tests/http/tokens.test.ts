import { describe, expect, test } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import { createVerifier, staticKeys } from '@latchstring/verifier';
import type { JsonWebKeySet } from '@latchstring/verifier';
import { IssuedClaims } from '../../../verifier/src/issued-claims.ts';
import type { LatchstringOptions } from '../../src/config/options.ts';
import { useService } from '../support/fixture.ts';
import { claimsOf, headerOf } from '../support/forge.ts';
import { ISSUER, PASSWORD } from '../support/service.ts';

const SECRET = 'kBq3vZ9sTn7wXc2mRf8yHj4pLd6gUa1e';
const shared = useService({ audience: 'notes' });

test('A4: the claims of an access token, and nothing personal', async () => {
  const agent = shared.agent();
  const email = shared.email();
  const body = { email, password: PASSWORD, name: 'Ada Lovelace' };
  const { user, session } = (await agent.post(ROUTES.register, body)).json<{
    user: { id: string };
    session: { id: string };
  }>();
  const token = agent.accessToken ?? '';
  expect(headerOf(token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) as string });
  const claims = claimsOf(token);
  const text = expect.any(String) as string;
  const number = expect.any(Number) as number;
  expect(claims).toEqual({
    ...{
      iss: ISSUER,
      aud: 'notes',
      sub: user.id,
      sid: session.id,
      ver: 1,
      jti: text,
      iat: number,
      exp: number,
    },
    ...{ client_id: 'web', auth_time: number, amr: ['pwd'], roles: [], csrf: text },
  });
  expect(Number(claims['exp']) - Number(claims['iat'])).toBe(900);
  const decoded = JSON.stringify([headerOf(token), claims]);
  for (const personal of [email, 'Ada', 'Lovelace', '127.0.0.1', 'node'])
    expect(decoded).not.toContain(personal);
});

test('B2: a bearer session has its tokens in the body and says native', async () => {
  const agent = shared.agent();
  const answer = await agent.registerBearer(shared.email());
  expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 900, access_token_expires_in: 900 });
  expect(agent.cookies.size).toBe(0);
  expect(claimsOf(answer.access_token)).toMatchObject({ client_id: 'native' });
  expect(claimsOf(answer.access_token)).not.toHaveProperty('csrf');
  const refreshed = await agent.post(
    ROUTES.refresh,
    { refresh_token: answer.refresh_token },
    { origin: undefined },
  );
  expect(refreshed.json()).toMatchObject({ rotated: false, token_type: 'Bearer' });
  expect(refreshed.headers.getSetCookie()).toEqual([]);
});

test('A4: verifiers read the claims of both modes in one pass, which another order or form would end', async () => {
  const agent = shared.agent();
  await agent.register(shared.email());
  const { access_token } = await shared.agent().registerBearer(shared.email());
  const issued = new IssuedClaims(ISSUER, 'notes');
  for (const token of [agent.accessToken ?? '', access_token]) {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url');
    expect(issued.read(payload)).toEqual(claimsOf(token));
  }
});

test('B1: no body of a cookie session holds a token', async () => {
  const agent = shared.agent();
  const email = shared.email();
  const answers = [
    await agent.post(ROUTES.register, { email, password: PASSWORD }),
    await agent.post(ROUTES.login, { email, password: PASSWORD }),
    await agent.session(),
    await agent.send(ROUTES.sessions),
  ];
  shared.advance(121_000);
  answers.push(await agent.refresh());
  const secrets = [agent.accessToken, agent.refreshToken, agent.cookies.get(agent.names.csrf)];
  for (const { text } of answers) {
    expect(text).not.toMatch(/eyJ|lsr_|access_token"|refresh_token"/);
    for (const secret of secrets) expect(text).not.toContain(secret);
  }
});

describe('A4: the size of a token', () => {
  test('is bounded: roles that do not fit are refused when they are assigned', async () => {
    const agent = shared.agent();
    const email = shared.email();
    await agent.register(email);
    const { accounts } = shared.service.administration;
    const roles = Array.from({ length: 100 }, (_, i) => `department-${i}:editor`);
    await expect(accounts.setRoles(email, roles)).rejects.toMatchObject({ code: 'request_invalid' });
    let most = 0;
    for (let count = 1; count < roles.length; count++) {
      try {
        await accounts.setRoles(email, roles.slice(0, count));
        most = count;
      } catch {
        break;
      }
    }
    expect(most).toBeGreaterThan(5);
    await agent.refresh();
    expect(claimsOf(agent.accessToken ?? '')['roles']).toHaveLength(most);
    expect(agent.accessToken?.length).toBeLessThanOrEqual(1024);
  });

  test.each(['', 'a b', 'ä', 'a,b', '"', '-a', 'x'.repeat(65)])('C6: %j is no id of a role', async (role) => {
    const email = shared.email();
    await shared.agent().register(email);
    const change = shared.service.administration.accounts.setRoles(email, [role]);
    await expect(change).rejects.toMatchObject({ code: 'request_invalid' });
  });
});

describe.each<[string, Partial<LatchstringOptions>, number]>([
  ['ES256', { signingAlgorithm: 'ES256' }, 2],
  ['RS256', { signingAlgorithm: 'RS256' }, 2],
  ['EdDSA', { signingAlgorithm: 'EdDSA' }, 2],
  ['HS256', { hs256Secret: SECRET }, 0],
])('A5: %s', (algorithm, overrides, published) => {
  const under = useService({ audience: 'notes', ...overrides });

  test('signs, publishes public halves only, and any verifier agrees', async () => {
    const agent = under.agent();
    await agent.register(under.email());
    expect((await agent.session()).status).toBe(200);
    const { access_token: token } = await under.agent().registerBearer(under.email());
    expect(headerOf(token)).toMatchObject({ alg: algorithm });
    const keySet = (await agent.send(ROUTES.jwks)).json<JsonWebKeySet>();
    expect(keySet.keys).toHaveLength(published);
    for (const key of keySet.keys) {
      expect(key).toMatchObject({ alg: algorithm, use: 'sig', kid: expect.any(String) as string });
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret);
    }
    const trust = algorithm === 'HS256' ? { secret: SECRET } : { keys: staticKeys(keySet) };
    const verifier = createVerifier({ issuer: ISSUER, audience: 'notes', ...trust });
    expect(await verifier.verifyToken(token)).toMatchObject({ aud: 'notes' });
  });
});

describe('A2: the life of an access token', () => {
  const brief = useService({ accessTokenLifetime: 300, logLevel: 'warn' });
  const warned = useService({ accessTokenLifetime: 60, logLevel: 'warn' });

  test('is what was set; after it the token is expired and a refresh mends that', async () => {
    const agent = brief.agent();
    const answer = await agent.register(brief.email());
    expect(answer.access_token_expires_in).toBe(300);
    brief.advance(331_000);
    expect((await agent.session()).code).toBe('token_expired');
    expect((await agent.refresh()).status).toBe(200);
    expect((await agent.session()).status).toBe(200);
  });

  test('is warned about at the start outside 300 to 900 s', () => {
    expect(warned.log.join('')).toContain('LATCHSTRING_ACCESS_TOKEN_LIFETIME');
    expect(brief.log).toEqual([]);
  });
});
