import { ROUTES } from '@latchstring/protocol';
import { LatchstringError } from '@latchstring/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CREDENTIALS, startBrowser } from './support/browser.ts';
import type { Browser, Tab } from './support/browser.ts';
import { problem } from './support/wire-server.ts';
import type { Reply } from './support/wire-server.ts';

let browser: Browser;
let tab: Tab;

beforeEach(async () => {
  browser = await startBrowser();
  tab = browser.open();
  await tab.client.login(CREDENTIALS);
});
afterEach(() => browser.close());

const call = (): Promise<Response> => tab.client.fetch(`${browser.server.origin}/api/notes`);
const expire = (): void => browser.clock.advance(browser.server.lifetime * 1000 + 1);

const NO_ANSWER: Reply = { status: 0 };
const failures: [string, Reply, object][] = [
  ['no answer', NO_ANSWER, { code: 'network_failed', status: 0 }],
  [
    'overloaded',
    problem('overloaded', { 'retry-after': '7' }),
    { code: 'overloaded', status: 503, retryAfter: 7 },
  ],
  [
    'rate_limited',
    problem('rate_limited', { 'retry-after': '60' }),
    { code: 'rate_limited', retryAfter: 60 },
  ],
  ['internal_error', problem('internal_error'), { code: 'internal_error', status: 500, traceId: 'trace-1' }],
  ['csrf_failed', problem('csrf_failed'), { code: 'csrf_failed', status: 403 }],
  [
    "a proxy's page",
    { status: 502, body: '<h1>Bad gateway</h1>' },
    { code: 'answer_unexpected', status: 502 },
  ],
  ["a proxy's 401", { status: 401, body: 'who are you?' }, { code: 'answer_unexpected', status: 401 }],
  ["a captive portal's page", { status: 200, body: '<h1>Pay first</h1>' }, { code: 'answer_unexpected' }],
  ['JSON of somebody else', { status: 200, body: { hello: 'world' } }, { code: 'answer_unexpected' }],
  ['a redirect', { status: 302, headers: { location: '/elsewhere' } }, { code: 'network_failed' }],
];

test.for(failures)(
  'B8: a refresh that fails by %s logs nobody out, and the call says why',
  async ([, reply, error]) => {
    expire();
    browser.server.script(ROUTES.refresh, () => reply);
    const failure: unknown = await call().catch((reason: unknown) => reason);
    expect(failure).toBeInstanceOf(LatchstringError);
    expect(failure).toMatchObject(error);
    expect(tab.client.state.status).toBe('authenticated');
    // And as soon as the server is back, all is well.
    expect((await call()).status).toBe(200);
  },
);

test.for(failures)(
  'the first question of a page that fails by %s leaves the state unknown',
  async ([, reply, error]) => {
    const page = browser.open();
    browser.server.script(ROUTES.session, () => reply);
    await expect(page.client.session()).rejects.toMatchObject(error);
    expect(page.client.state.status).toBe('unknown');
    expect(await page.client.session()).toMatchObject({ status: 'authenticated' });
  },
);

// A logout has no body, so JSON of somebody else is not told from Latchstring's.
const logoutFailures = failures.filter(([name]) => name !== 'JSON of somebody else');

test.for(logoutFailures)('a logout that fails by %s does not pretend', async ([, reply, error]) => {
  browser.server.script(ROUTES.logout, () => reply);
  await expect(tab.client.logout()).rejects.toMatchObject(error);
  expect(tab.client.state.status).toBe('authenticated');
});

test('B8: a refresh is given up after the time-out that the server has told', async () => {
  browser.server.policy = { client_timeout: 0.05, superseded_window: 30 };
  await tab.client.refresh();
  expire();
  let release: (() => void) | undefined;
  const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)));
  browser.server.script(ROUTES.refresh, () => held);
  await expect(call()).rejects.toMatchObject({ code: 'network_failed', cause: { name: 'TimeoutError' } });
  release?.();
  expect(tab.client.state.status).toBe('authenticated');
  // The lock is free again.
  browser.server.policy = { client_timeout: 15, superseded_window: 30 };
  expect(await tab.client.refresh()).toBe(true);
});

test('habit 4: an error holds no token, cookie or password', async () => {
  const secrets = [...browser.jar.headerFor('/auth/v1').split(/; |=/), 'wrong password'].filter(Boolean);
  const errors: unknown[] = [];
  await tab.client
    .login({ ...CREDENTIALS, password: 'wrong password' })
    .catch((error: unknown) => errors.push(error));
  for (const [, reply] of failures) {
    browser.server.script(ROUTES.refresh, () => reply);
    await tab.client.refresh().catch((error: unknown) => errors.push(error));
  }
  expect(errors).toHaveLength(failures.length + 1);
  for (const error of errors as Error[]) {
    const text = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
    for (const secret of secrets) expect(text).not.toContain(secret);
  }
});
