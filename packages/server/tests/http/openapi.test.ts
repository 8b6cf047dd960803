import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { PROBLEM_MEDIA_TYPE, ROUTES } from '@latchstring/protocol';
import type { Services } from '../../src/http/context.ts';
import { createApp } from '../../src/http/app.ts';
import { VERSION } from '../../src/version.ts';
import { useService } from '../support/fixture.ts';
import { PASSWORD } from '../support/service.ts';
import type { Answer } from '../support/agent.ts';

const shared = useService();

interface Operation {
  readonly summary?: string;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function fetchDocument(): Promise<Document> {
  return (await shared.agent().send(ROUTES.openapi)).json<Document & Record<string, unknown>>();
}

test('GET /auth/openapi.json is OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate({ ...(await fetchDocument()) });
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(validator.version).toBe('3.1');
});

test('it lists every route that the service has, and no other', async () => {
  const { paths } = await fetchDocument();
  const listed = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const built = [
    ...[
      ROUTES.register,
      ROUTES.login,
      ROUTES.refresh,
      ROUTES.logout,
      ROUTES.logoutAll,
      ROUTES.passwordChange,
      ROUTES.revoke,
      ROUTES.introspect,
    ].map((path) => `POST ${path}`),
    ...[
      ROUTES.session,
      ROUTES.sessions,
      ROUTES.revocations,
      ROUTES.openapi,
      ROUTES.jwks,
      ROUTES.metadata,
      ROUTES.health,
      ROUTES.ready,
    ].map((path) => `GET ${path}`),
    `DELETE ${ROUTES.sessions}/{id}`,
  ];
  expect(listed.sort()).toEqual(built.sort());
  // The routes of an application are there before anything that they call.
  const app = createApp({ settings: shared.service.settings } as Services, VERSION);
  const routes = app.routes.filter(({ method }) => method !== 'ALL');
  const served = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  expect(listed.sort()).toEqual([...new Set(served)].sort());
});

test('what the routes answer is what it says', async () => {
  const { paths } = await fetchDocument();
  const agent = shared.agent();
  const email = shared.email();
  const credentials = { email, password: PASSWORD };
  const change = { current_password: PASSWORD, new_password: 'four slow otters under the bridge' };
  const id = '00000000-0000-7000-8000-000000000000';
  const seen: (readonly [string, string, Answer])[] = [];
  const call = async (method: string, path: string, body?: unknown, headers = {}): Promise<void> => {
    const answer = await agent.send(path.replace('{id}', id), { method, body, headers });
    seen.push([method.toLowerCase(), path, answer]);
  };
  await call('POST', ROUTES.register, credentials);
  await call('POST', ROUTES.register, credentials);
  await call('POST', ROUTES.register, { email, password: 'short' });
  await call('POST', ROUTES.login, credentials);
  await call('POST', ROUTES.login, { email, password: 'something wrong here' });
  await call('POST', ROUTES.login, credentials, { origin: 'https://evil.example' });
  for (const path of [ROUTES.session, ROUTES.sessions, ROUTES.openapi, ROUTES.jwks, ROUTES.metadata])
    await call('GET', path);
  for (const path of [ROUTES.health, ROUTES.ready]) await call('GET', path);
  await call('DELETE', `${ROUTES.sessions}/{id}`);
  await call('DELETE', `${ROUTES.sessions}/{id}`, undefined, { 'x-csrf-token': undefined });
  await call('POST', ROUTES.passwordChange, change);
  await call('POST', ROUTES.refresh, {});
  for (const path of [
    ROUTES.register,
    ROUTES.login,
    ROUTES.refresh,
    ROUTES.logout,
    ROUTES.logoutAll,
    ROUTES.passwordChange,
  ]) {
    await call('POST', path, '[]');
    await call('POST', path, '{}', { 'content-type': 'text/plain' });
    await call('POST', path, JSON.stringify({ x: 'x'.repeat(20_000) }));
    await call('POST', path, '{}', { cookie: `x=${'x'.repeat(9000)}` });
  }
  for (const [method, path] of Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => [method, path] as const),
  )) {
    await call(method.toUpperCase(), path, method === 'post' ? {} : undefined, { cookie: undefined });
  }
  await agent.login(email, change.new_password);
  await call('POST', ROUTES.logoutAll, {});
  await agent.login(email, change.new_password);
  await call('POST', ROUTES.logout, {});
  expect(seen.length).toBeGreaterThan(50);
  for (const [method, path, { status, headers }] of seen) {
    const described = paths[path]?.[method]?.responses[status];
    expect(described, `${method} ${path} ${status}`).toBeDefined();
    const type = headers.get('content-type')?.split(';')[0];
    const types = Object.keys(described?.content ?? {});
    // Nothing where nothing is said; otherwise one of those said.
    if (type === undefined) expect(types).toEqual([]);
    else expect(types).toContain(type);
    if (status >= 400) expect(type).toBe(PROBLEM_MEDIA_TYPE);
  }
});
