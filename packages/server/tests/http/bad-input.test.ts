import { describe, expect, test } from 'vitest';
import { PROBLEM_MEDIA_TYPE, ROUTES, isErrorCode } from '@latchstring/protocol';
import type { ProblemDocument } from '@latchstring/protocol';
import { useService } from '../support/fixture.ts';
import { rawRequest, sendRaw, statusOf } from '../support/raw.ts';
import { APP_ORIGIN, PASSWORD } from '../support/service.ts';

const shared = useService({ logLevel: 'debug' });

const BODIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [ROUTES.register]: { email: 'nobody@example.com', password: PASSWORD },
  [ROUTES.login]: { email: 'nobody@example.com', password: PASSWORD },
  [ROUTES.passwordChange]: { current_password: PASSWORD, new_password: `${PASSWORD} again` },
  [ROUTES.refresh]: {},
  [ROUTES.logout]: {},
  [ROUTES.logoutAll]: {},
};
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  [ROUTES.register]: ['email', 'password', 'name', 'mode'],
  [ROUTES.login]: ['email', 'password', 'mode'],
  [ROUTES.passwordChange]: ['current_password', 'new_password'],
  [ROUTES.refresh]: ['refresh_token'],
  [ROUTES.logout]: ['refresh_token'],
  [ROUTES.logoutAll]: ['refresh_token'],
};

async function post(
  route: string,
  body: string | Buffer | ReadableStream,
  type = 'application/json',
): Promise<ProblemDocument> {
  const response = await fetch(shared.url + route, {
    method: 'POST',
    headers: { origin: APP_ORIGIN, 'content-type': type },
    body,
    duplex: 'half',
  });
  expect(response.headers.get('content-type')).toBe(PROBLEM_MEDIA_TYPE);
  const problem = (await response.json()) as ProblemDocument;
  expect(problem).toEqual({
    type: `urn:latchstring:${problem.code}`,
    title: expect.any(String) as string,
    status: response.status,
    code: problem.code,
    detail: expect.any(String) as string,
    trace_id: response.headers.get('x-trace-id'),
  });
  expect(isErrorCode(problem.code)).toBe(true);
  return problem;
}

describe.each(Object.keys(BODIES))('POST %s', (route) => {
  const good = BODIES[route] ?? {};
  const bytes = (...parts: (string | number[])[]): Buffer =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
  const inside = JSON.stringify(good).slice(1, -1);
  const rest = inside === '' ? '' : `,${inside}`;
  const first = FIELDS[route]?.[0] ?? '';

  const broken: readonly (readonly [name: string, body: string | Buffer])[] = [
    ['no JSON at all', 'email=x&password=y'],
    ['an empty body', ''],
    ['cut off', '{"email": "a'],
    ['something after the end', '{} {}'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['a number', '1'],
    ['null', 'null'],
    ['attack 97: a name twice', `{"${first}":"a@example.com","${first}":"b@example.com"${rest}}`],
    ['a name twice by an escape', `{"\\u0065x":1,"ex":2${rest}}`],
    ['attack 101: a field that the route does not have', `{"roles":["admin"]${rest}}`],
    ['attack 101: another', `{"email_verified":true${rest}}`],
    ['attack 101: a third', `{"id":"00000000-0000-7000-8000-000000000000"${rest}}`],
    ['__proto__', `{"__proto__":{"roles":["admin"]}${rest}}`],
    ['constructor', `{"constructor":{"prototype":{}}${rest}}`],
    ['invalid UTF-8', bytes(`{"${first}":"`, [0xff, 0xfe], `"}`)],
    ['an overlong encoding', bytes(`{"${first}":"`, [0xc0, 0xaf], `"}`)],
    ['a byte order mark', bytes([0xef, 0xbb, 0xbf], JSON.stringify(good))],
    ['UTF-16', Buffer.from(JSON.stringify(good), 'utf16le')],
    ['a lone surrogate', `{"${first}":"\\ud800"${rest}}`],
    ['7,000 nested arrays', `{"${first}":${'['.repeat(7000)}${']'.repeat(7000)}}`],
    ['40 nested objects', `{"a":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`],
    ['a number beyond doubles', `{"${first}":1e999}`],
  ];
  test.each(broken)('%s is request_invalid', async (_name, body) => {
    expect((await post(route, body)).code).toBe('request_invalid');
  });

  const wrongValues = [1, true, null, {}, [], ['a@example.com'], { $ne: null }, ''];
  const cases = (FIELDS[route] ?? []).flatMap((field) => wrongValues.map((value) => [field, value] as const));
  test.each(cases.filter(([field, value]) => !(value === '' && /name|refresh_token/.test(field))))(
    'attack 97: %s = %j is request_invalid',
    async (field, value) => {
      expect((await post(route, JSON.stringify({ ...good, [field]: value }))).code).toBe('request_invalid');
    },
  );

  test('attack 88: a body over 16 KiB is too large, with its length and without', async () => {
    const body = JSON.stringify({ ...good, padding: 'x'.repeat(17_000) });
    expect((await post(route, body)).code).toBe('request_too_large');
    expect((await post(route, new Blob([body]).stream())).code).toBe('request_too_large');
  });

  test('a body in pieces is read like any other', async () => {
    const padded = new Blob([`{"unknown":"${'x'.repeat(10_000)}"}`]).stream();
    expect((await post(route, padded)).code).toBe('request_invalid');
  });
});

test('a sign-up in pieces succeeds', async () => {
  const body = JSON.stringify({ email: shared.email(), password: PASSWORD });
  const response = await fetch(shared.url + ROUTES.register, {
    method: 'POST',
    headers: { origin: APP_ORIGIN, 'content-type': 'application/json; charset=utf-8' },
    body: new Blob([body]).stream(),
    duplex: 'half',
  });
  expect(response.status).toBe(201);
});

const PASSWORD_FIELDS: readonly (readonly [string, string])[] = [
  [ROUTES.register, 'password'],
  [ROUTES.login, 'password'],
  [ROUTES.passwordChange, 'current_password'],
  [ROUTES.passwordChange, 'new_password'],
];
test.each(PASSWORD_FIELDS)(
  'attack 94: %s refuses a %s over 1024 bytes before it is hashed',
  async (route, field) => {
    for (const value of ['x'.repeat(1025), 'é'.repeat(513)]) {
      expect((await post(route, JSON.stringify({ ...BODIES[route], [field]: value }))).code).toBe(
        'request_invalid',
      );
    }
  },
);

test('attack 94: 1024 bytes are a password', async () => {
  const agent = shared.agent();
  const email = shared.email();
  const password = 'Ä seldom heard phrase, '.repeat(50).slice(0, 900);
  await agent.register(email, password);
  await shared.agent().login(email, password);
});

const EMAILS = [
  'x',
  'a@b',
  'a b@example.com',
  'a@example.com\r\nBcc: b@example.com',
  'a@example.com,b@example.com',
  `${'a'.repeat(250)}@example.com`,
  '\u212Aelvin@example.com',
  'ada@éxample.com',
  'ada\u0000@example.com',
  '<ada@example.com>',
];
test.each(EMAILS)('attack 87, 96: the email %j is refused', async (email) => {
  for (const route of [ROUTES.register, ROUTES.login]) {
    expect((await post(route, JSON.stringify({ email, password: PASSWORD }))).code).toBe('request_invalid');
  }
});

test.each(['a\r\nb', 'a\nb', 'a\u0000b', '\u001b[31m', '\u007f', 'x'.repeat(101)])(
  'attack 87: the name %j is refused',
  async (name) => {
    const body = { email: shared.email(), password: PASSWORD, name };
    expect((await post(ROUTES.register, JSON.stringify(body))).code).toBe('request_invalid');
  },
);

test.each(['x', '1', '%00', '..%2f..%2fetc', '9'.repeat(3000), "'; drop table sessions; --", '__proto__'])(
  'the session id %j is refused or not found',
  async (id) => {
    const agent = shared.agent();
    await agent.register(shared.email());
    const answer = await agent.send(`${ROUTES.sessions}/${encodeURIComponent(id)}`, { method: 'DELETE' });
    expect(answer.code).toBe('request_invalid');
  },
);

test.each([
  ['an unknown path', 'GET /auth/v1/nothing'],
  ['a path with a percent sign', 'GET /auth/v1/%'],
  ['a path with a broken encoding', 'GET /auth/v1/sessions/%c3%28'],
  ['dots', 'GET /auth/v1/../../../../etc/passwd'],
  ['a backslash', 'GET /auth\\v1\\session'],
  ['two slashes', 'GET //auth/v1/session'],
  ['a slash at the end', 'GET /auth/v1/session/'],
  ['other letters', 'GET /AUTH/V1/SESSION'],
  ['an absolute address', 'GET http://evil.example/auth/v1/nothing'],
  ['an asterisk', 'GET *'],
])('%s is a problem document', async (_name, line) => {
  const answer = await sendRaw(shared.url, rawRequest(`${line} HTTP/1.1`, ['Host: localhost']));
  expect([400, 404]).toContain(statusOf(answer));
  expect(answer).toMatch(/"code":"(not_found|request_invalid)"/);
});

test('nothing in this file was a defect, and nothing of it was logged', () => {
  const lines = shared.log.join('');
  expect(shared.log.length).toBeGreaterThan(300);
  expect(lines).not.toContain('internal_error');
  expect(lines).not.toContain('request failed');
  for (const canary of [PASSWORD, 'example.com', 'drop table', 'etc', 'evil.example'])
    expect(lines).not.toContain(canary);
});
