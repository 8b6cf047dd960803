import { describe, expect, test } from 'vitest';
import { HEADERS, ROUTES } from '@latchstring/protocol';
import { useService } from '../support/fixture.ts';
import { APP_ORIGIN, PASSWORD } from '../support/service.ts';

const shared = useService();
const UNSAFE = [ROUTES.refresh, ROUTES.logout, ROUTES.logoutAll] as const;

describe('attack 70: a body that a form could send', () => {
  const types = [
    'text/plain',
    'text/plain; application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json-patch',
    'text/json',
  ];
  const routes = [ROUTES.register, ROUTES.login, ROUTES.passwordChange, ...UNSAFE];

  test.each(types.flatMap((type) => routes.map((route) => [type, route] as const)))(
    '%s is refused by %s',
    async (type, route) => {
      const agent = shared.agent();
      const body = JSON.stringify({ email: shared.email(), password: PASSWORD });
      expect((await agent.post(route, body, { 'content-type': type })).code).toBe('content_type_unsupported');
    },
  );

  test('without any type is refused as well', async () => {
    const response = await fetch(shared.url + ROUTES.login, {
      method: 'POST',
      headers: { origin: APP_ORIGIN },
      body: Buffer.from(JSON.stringify({ email: shared.email(), password: PASSWORD })),
    });
    expect(await response.json()).toMatchObject({ code: 'content_type_unsupported' });
  });
});

test('attack 71: login CSRF: a foreign page opens no session, in neither mode', async () => {
  const email = shared.email();
  await shared.agent().register(email);
  for (const mode of ['cookie', 'bearer']) {
    for (const route of [ROUTES.login, ROUTES.register]) {
      const agent = shared.agent();
      const body = { email: route === ROUTES.login ? email : shared.email(), password: PASSWORD, mode };
      const answer = await agent.post(route, body, { origin: 'https://evil.example' });
      expect(answer.code).toBe('csrf_failed');
      expect(agent.cookies.size).toBe(0);
    }
  }
});

test('attack 71: logout CSRF: a foreign page ends no session', async () => {
  const agent = shared.agent();
  await agent.register(shared.email());
  for (const route of [ROUTES.logout, ROUTES.logoutAll]) {
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'https://evil.example', [HEADERS.csrf]: undefined },
      { origin: undefined, 'sec-fetch-site': 'cross-site', [HEADERS.csrf]: undefined },
    ]) {
      expect((await agent.post(route, {}, headers)).code).toBe('csrf_failed');
    }
  }
  expect((await agent.session()).status).toBe(200);
});

test('a logout without the CSRF cookie takes a listed origin, and only that', async () => {
  const agent = shared.agent();
  await agent.register(shared.email());
  agent.cookies.delete(agent.names.csrf);
  expect((await agent.post(ROUTES.logoutAll)).code).toBe('csrf_failed');
  const bySite = await agent.post(ROUTES.logout, {}, { origin: undefined, 'sec-fetch-site': 'same-origin' });
  expect(bySite.code).toBe('csrf_failed');
  expect((await agent.post(ROUTES.logout)).status).toBe(204);
});

test("attack 72: a CSRF value that an attacker has set, and the token of the attacker's own session, are refused", async () => {
  const attacker = shared.agent();
  await attacker.register(shared.email());
  const stolen = attacker.cookies.get(attacker.names.csrf) ?? '';
  const victim = shared.agent();
  const { session } = await victim.register(shared.email());
  const end = `${ROUTES.sessions}/${session.id}`;
  for (const value of ['x', 'A'.repeat(43), stolen, `${stolen}, ${stolen}`]) {
    victim.cookies.set(victim.names.csrf, value);
    expect((await victim.post(ROUTES.refresh)).code).toBe('csrf_failed');
    expect((await victim.post(ROUTES.logout)).code).toBe('csrf_failed');
    expect((await victim.send(end, { method: 'DELETE' })).code).toBe('csrf_failed');
  }
});

test('B3: every unsafe route of a cookie session needs the CSRF header', async () => {
  const agent = shared.agent();
  const { session } = await agent.register(shared.email());
  const without = { [HEADERS.csrf]: undefined };
  for (const route of UNSAFE) expect((await agent.post(route, {}, without)).code).toBe('csrf_failed');
  const change = { current_password: PASSWORD, new_password: `${PASSWORD} again` };
  expect((await agent.post(ROUTES.passwordChange, change, without)).code).toBe('csrf_failed');
  const end = await agent.send(`${ROUTES.sessions}/${session.id}`, { method: 'DELETE', headers: without });
  expect(end.code).toBe('csrf_failed');
  expect((await agent.session()).status).toBe(200);
});

describe('attack 73: an origin that only looks right', () => {
  const origins = [
    ['null', 'null'],
    ['empty', ''],
    ['prefix', 'http://localhost:5173.evil.example'],
    ['suffix', 'http://evil-localhost:5173'],
    ['subdomain', 'http://app.localhost:5173'],
    ['another port', 'http://localhost:5174'],
    ['no port', 'http://localhost'],
    ['another scheme', 'https://localhost:5173'],
    ['case', 'http://LOCALHOST:5173'],
    ['trailing dot', 'http://localhost.:5173'],
    ['trailing slash', 'http://localhost:5173/'],
    ['path', 'http://localhost:5173/path'],
    ['user information', 'http://localhost:5173@evil.example'],
    ['two origins', 'http://localhost:5173, https://evil.example'],
    ['a name for the same address', 'http://127.0.0.1:5173'],
  ] as const;

  test.each(origins)('(%s) is refused by every unsafe route', async (_name, origin) => {
    const agent = shared.agent();
    const email = shared.email();
    await agent.register(email);
    const change = { current_password: PASSWORD, new_password: `${PASSWORD} again` };
    const requests: readonly (readonly [string, unknown])[] = [
      [ROUTES.register, { email: shared.email(), password: PASSWORD }],
      [ROUTES.login, { email, password: PASSWORD }],
      [ROUTES.passwordChange, change],
      ...UNSAFE.map((route) => [route, {}] as const),
    ];
    for (const [route, body] of requests) {
      expect((await agent.post(route, body, { origin })).code).toBe('csrf_failed');
    }
  });

  test.each([undefined, 'none', 'same-site', 'cross-site', 'same-origin, same-origin'])(
    '(missing, with Sec-Fetch-Site %s) is refused in cookie mode',
    async (site) => {
      const agent = shared.agent();
      const email = shared.email();
      await agent.register(email);
      const headers = { origin: undefined, 'sec-fetch-site': site };
      const login = await agent.post(ROUTES.login, { email, password: PASSWORD }, headers);
      expect(login.code).toBe('csrf_failed');
      for (const route of UNSAFE) expect((await agent.post(route, {}, headers)).code).toBe('csrf_failed');
    },
  );

  test('(missing, with Sec-Fetch-Site same-origin) is the own page', async () => {
    const agent = shared.agent();
    const headers = { origin: undefined, 'sec-fetch-site': 'same-origin' };
    const body = { email: shared.email(), password: PASSWORD };
    expect((await agent.post(ROUTES.register, body, headers)).status).toBe(201);
    expect((await agent.post(ROUTES.refresh, {}, headers)).status).toBe(200);
  });
});

test('attack 74: nothing happens by GET, HEAD, another method, or an override', async () => {
  const agent = shared.agent();
  const { session } = await agent.register(shared.email());
  for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'QUERY']) {
    for (const route of [...UNSAFE, ROUTES.register, ROUTES.login, ROUTES.passwordChange]) {
      expect((await agent.send(`${route}?_method=POST`, { method })).status).toBe(404);
    }
  }
  const overrides = {
    'x-http-method-override': 'DELETE',
    'x-http-method': 'DELETE',
    'x-method-override': 'DELETE',
  };
  await agent.send(`${ROUTES.sessions}/${session.id}?_method=DELETE`, { headers: overrides });
  await agent.post(`${ROUTES.sessions}/${session.id}`, { _method: 'DELETE' }, overrides);
  expect((await agent.session()).status).toBe(200);
});

describe('attack 75: CORS', () => {
  const preflight = (origin: string): Promise<Response> =>
    fetch(shared.url + ROUTES.login, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });

  test('B4: a listed origin is named, with credentials and the headers that it may read', async () => {
    const { status, headers } = await preflight(APP_ORIGIN);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(APP_ORIGIN);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('access-control-allow-headers')?.toLowerCase().split(',')).toEqual(
      expect.arrayContaining(['content-type', 'authorization', HEADERS.csrf]),
    );
    expect(headers.get('vary')).toContain('Origin');
    const refused = await shared.agent().session();
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(APP_ORIGIN);
    expect(refused.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
  });

  test.each([
    'null',
    'https://evil.example',
    'http://localhost:51730',
    'http://localhost:5173.evil.example',
    '*',
  ])('%s is never reflected', async (origin) => {
    expect((await preflight(origin)).headers.has('access-control-allow-origin')).toBe(false);
    for (const path of [ROUTES.session, ROUTES.jwks, '/nowhere']) {
      const { headers } = await shared.agent().send(path, { headers: { origin } });
      expect(headers.has('access-control-allow-origin')).toBe(false);
    }
  });
});
