import { describe, expect, test } from 'vitest';
import { ROUTES, deviceCookieName } from '@latchstring/protocol';
import type { LatchstringOptions } from '../../src/config/options.ts';
import { useService } from '../support/fixture.ts';
import { rawRequest, sendRaw, statusOf } from '../support/raw.ts';
import { PASSWORD } from '../support/service.ts';

const shared = useService();

function jar(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

test('attack 63: a login never goes on with a session from before it', async () => {
  const agent = shared.agent();
  const email = shared.email();
  const first = await agent.register(email);
  const before = agent.clone();
  const second = await agent.login(email);
  expect(second.session.id).not.toBe(first.session.id);
  expect(agent.accessToken).not.toBe(before.accessToken);
  expect(agent.refreshToken).not.toBe(before.refreshToken);
  expect(agent.cookies.get(agent.names.csrf)).not.toBe(before.cookies.get(before.names.csrf));
});

test('attack 63: a login ends the session whose cookies it overwrites, whoever it was of, and no other', async () => {
  const agent = shared.agent();
  await agent.register(shared.email());
  const elsewhere = shared.agent();
  const email = shared.email();
  await elsewhere.register(email);
  const before = agent.clone();
  await agent.login(email);
  expect((await before.refresh()).code).toBe('session_ended');
  expect((await before.session()).code).toBe('token_revoked');
  expect((await elsewhere.session()).status).toBe(200);
  // A failed login overwrites nothing.
  const failed = agent.clone();
  await failed.post(ROUTES.login, { email, password: 'not the password of anyone' });
  expect((await agent.session()).status).toBe(200);
});

test('attack 64: of several refresh cookies the one of the CSRF token counts', async () => {
  const attacker = shared.agent();
  await attacker.register(shared.email());
  const victim = shared.agent();
  const { session } = await victim.register(shared.email());
  const planted = `${victim.names.refresh}=${attacker.refreshToken ?? ''}`;
  const answer = await victim.post(ROUTES.refresh, {}, { cookie: `${planted}; ${jar(victim.cookies)}` });
  expect(answer.json()).toMatchObject({ session: { id: session.id } });
});

test('attack 64: several refresh cookies of which none fits are all cleared', async () => {
  const attackers = [shared.agent(), shared.agent()];
  for (const attacker of attackers) await attacker.register(shared.email());
  const victim = shared.agent();
  await victim.register(shared.email());
  const planted = attackers.map((attacker) => `${victim.names.refresh}=${attacker.refreshToken ?? ''}`);
  const answer = await victim.post(ROUTES.refresh, {}, { cookie: planted.join('; ') });
  expect(answer.code).toBe('credentials_ambiguous');
  expect(victim.cookies.size).toBe(0);
});

test('attack 64: an access cookie that comes twice opens nothing, and is cleared', async () => {
  const agent = shared.agent();
  await agent.register(shared.email());
  const twice = `${agent.names.access}=${agent.accessToken ?? ''}; ${jar(agent.cookies)}`;
  expect((await agent.send(ROUTES.session, { headers: { cookie: twice } })).code).toBe(
    'credentials_ambiguous',
  );
  expect(agent.cookies.size).toBe(0);
});

test.each([
  '',
  ' ',
  '.',
  'null',
  'undefined',
  'a.b',
  'a.b.c',
  '"x"',
  '%00',
  '{}',
  'e30.e30.',
  'é.é.é',
  'x'.repeat(5000),
])('attack 65: broken access cookie %# is refused, not let through', async (value) => {
  const agent = shared.agent();
  const answer = await agent.send(ROUTES.session, {
    headers: { cookie: Buffer.from(`${agent.names.access}=${value}`).toString('latin1') },
  });
  expect(answer.code).toBe('token_malformed');
});

test.each(['', '.', 'lsr_', `lsr_${'A'.repeat(122)}`, 'x'.repeat(5000)])(
  'attack 65: broken refresh cookie %# is refused and cleared',
  async (value) => {
    const agent = shared.agent();
    await agent.register(shared.email());
    agent.cookies.set(agent.names.refresh, value);
    expect((await agent.refresh()).code).toBe('refresh_invalid');
    expect(agent.cookies.size).toBe(0);
  },
);

test.each([9, 20, 60])(
  'attack 66: %d kB of cookies are cleared, and the next login works',
  async (kilobytes) => {
    const agent = shared.agent();
    const email = shared.email();
    await agent.register(email);
    const bomb = `${jar(agent.cookies)}; ${Array.from({ length: kilobytes }, (_, i) => `bomb${i}=${'x'.repeat(1014)}`).join('; ')}`;
    for (const path of [ROUTES.session, ROUTES.jwks, '/nowhere']) {
      const answer = await agent.send(path, { headers: { cookie: bomb } });
      expect(answer.code).toBe('request_too_large');
      expect(answer.headers.get('clear-site-data')).toBe('"cookies"');
    }
    expect(agent.cookies.size).toBe(0);
    await agent.login(email);
    expect((await agent.session()).status).toBe(200);
  },
);

test('attack 66: more cookies than the HTTP parser takes are cleared as well', async () => {
  const cookies = Array.from({ length: 90 }, (_, i) => `bomb${i}=${'x'.repeat(1014)}`).join('; ');
  const answer = await sendRaw(
    shared.url,
    rawRequest(`GET ${ROUTES.session} HTTP/1.1`, ['Host: localhost', `Cookie: ${cookies}`]),
  );
  expect(statusOf(answer)).toBe(413);
  expect(answer).toMatch(/^clear-site-data: "cookies"\r$/im);
  expect(answer).toContain('"code":"request_too_large"');
});

const HTTPS = { issuer: 'https://auth.example.com', origins: [], limits: 'on' } as const;

describe.each<[string, Partial<LatchstringOptions>, Record<string, readonly string[]>]>([
  [
    'on localhost',
    {},
    {
      access: ['HttpOnly', 'Path=/', 'SameSite=Lax'],
      refresh: ['HttpOnly', 'Path=/auth/v1', 'SameSite=Strict'],
      csrf: ['Path=/', 'SameSite=Lax'],
    },
  ],
  [
    'over HTTPS',
    HTTPS,
    {
      access: ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'],
      refresh: ['HttpOnly', 'Path=/auth/v1', 'SameSite=Strict', 'Secure'],
      csrf: ['Path=/', 'SameSite=Lax', 'Secure'],
    },
  ],
  [
    'with SameSite=Strict',
    { ...HTTPS, cookieSameSite: 'strict' },
    {
      access: ['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure'],
      refresh: ['HttpOnly', 'Path=/auth/v1', 'SameSite=Strict', 'Secure'],
      csrf: ['Path=/', 'SameSite=Lax', 'Secure'],
    },
  ],
  [
    'with a cookie domain',
    { ...HTTPS, cookieDomain: 'example.com', origins: ['https://app.example.com'] },
    {
      access: ['Domain=example.com', 'HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'],
      refresh: ['HttpOnly', 'Path=/auth/v1', 'SameSite=Strict', 'Secure'],
      csrf: ['Domain=example.com', 'Path=/', 'SameSite=Lax', 'Secure'],
    },
  ],
])('attack 67: the flags of cookies %s', (_name, overrides, expected) => {
  const under = useService(overrides);

  test('are the same wherever a cookie is set or cleared', async () => {
    const agent = under.agent();
    const email = under.email();
    const answers = [
      await agent.post(ROUTES.register, { email, password: PASSWORD }),
      await agent.post(ROUTES.login, { email, password: PASSWORD }),
    ];
    under.advance(121_000);
    answers.push(await agent.refresh(), await agent.post(ROUTES.logout));
    const byName = new Map(Object.entries(agent.names).map(([kind, name]) => [name as string, kind]));
    const lines = answers
      .flatMap(({ headers }) => headers.getSetCookie())
      // Its own test is known-device.test.ts.
      .filter((line) => !line.startsWith(deviceCookieName(under.service.settings)));
    expect(lines).toHaveLength(12);
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split('; ');
      const kind = byName.get(pair.slice(0, pair.indexOf('=')));
      expect(attributes.filter((text) => !text.startsWith('Max-Age=')).sort()).toEqual(expected[kind ?? '']);
    }
  });
});

describe('attack 67: names', () => {
  const under = useService(HTTPS);

  test('carry the prefixes that browsers enforce', () => {
    expect(under.agent().names).toEqual({
      access: '__Host-latchstring',
      refresh: '__Secure-latchstring-refresh',
      csrf: '__Host-latchstring-csrf',
    });
  });
});

describe('the life of cookies', () => {
  const under = useService({ sessionIdleLifetime: 900 * 86_400, sessionLifetime: 900 * 86_400 });

  test('is cut to the 400 days that browsers allow', async () => {
    const { headers } = await under
      .agent()
      .post(ROUTES.register, { email: under.email(), password: PASSWORD });
    for (const line of headers.getSetCookie()) expect(line).toContain(`Max-Age=${400 * 86_400}`);
  });
});

test('attack 69: no cache keeps an answer with a token, or any other private one', async () => {
  const agent = shared.agent();
  const email = shared.email();
  const answers = [
    await agent.post(ROUTES.register, { email, password: PASSWORD }),
    await agent.post(ROUTES.login, { email, password: PASSWORD }),
    await agent.post(ROUTES.login, { email, password: PASSWORD, mode: 'bearer' }, { cookie: undefined }),
    await agent.refresh(),
    await agent.session(),
    await agent.send(ROUTES.sessions),
    await agent.post(ROUTES.logout),
    await agent.session(),
    await agent.send('/nowhere'),
  ];
  for (const { headers } of answers) {
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('vary')?.split(/,\s*/)).toEqual(
      expect.arrayContaining(['Origin', 'Cookie', 'Authorization']),
    );
  }
});
