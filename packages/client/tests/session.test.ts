import { ROUTES } from '@latchstring/protocol';
import { createClient } from '@latchstring/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CREDENTIALS, fetchWith, startBrowser } from './support/browser.ts';
import type { Browser } from './support/browser.ts';
import { problem } from './support/wire-server.ts';

let browser: Browser;

beforeEach(async () => {
  browser = await startBrowser();
});
afterEach(() => browser.close());

test('D3: sign-up, login, who am I, logout', async () => {
  const { client, events } = browser.open();
  expect(client.state).toEqual({ status: 'unknown', user: null, session: null, expiresAt: null });
  expect(await client.session()).toBeNull();
  expect(client.state.status).toBe('anonymous');

  const account = { ...CREDENTIALS, name: 'Ada' };
  expect(await client.register(account)).toMatchObject({ status: 'authenticated', user: { name: 'Ada' } });
  await client.logout();
  expect(client.state).toEqual({ status: 'anonymous', user: null, session: null, expiresAt: null });

  const state = await client.login(CREDENTIALS);
  expect(state).toBe(client.state);
  expect(await client.session()).toMatchObject({ user: state.user, session: { id: state.session.id } });
  expect(events.map(({ reason }) => reason)).toEqual(['session', 'login', 'logout', 'login', 'session']);
});

test('D3: a page that is opened while logged in finds the person', async () => {
  await browser.open().client.login(CREDENTIALS);
  const { client } = browser.open();
  expect(await client.session()).toMatchObject({ user: { email: CREDENTIALS.email } });
  expect(client.state.expiresAt).toBe(browser.clock.now() + 900_000);
});

test('B8: a page that is opened after the token has expired refreshes first', async () => {
  await browser.open().client.login(CREDENTIALS);
  browser.clock.advance(901_000);
  expect(await browser.open().client.session()).toMatchObject({ status: 'authenticated' });
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('a page that is opened after the session has ended finds nobody', async () => {
  await browser.open().client.login(CREDENTIALS);
  browser.server.endSession();
  browser.clock.advance(901_000);
  const { client } = browser.open();
  expect(await client.session()).toBeNull();
  expect(client.state.status).toBe('anonymous');
});

test('a cookie that is broken means nobody, not an error', async () => {
  const { client } = browser.open();
  browser.server.script(ROUTES.session, () => problem('token_malformed'));
  expect(await client.session()).toBeNull();
});

test('questions at the same time share one request', async () => {
  const { client } = browser.open();
  await Promise.all([client.session(), client.session(), client.session()]);
  expect(browser.server.count(ROUTES.session)).toBe(1);
});

test('an answer from before a login is not taken for the present', async () => {
  const { client } = browser.open();
  let login: Promise<unknown> | undefined;
  browser.server.script(ROUTES.session, async () => {
    login = client.login(CREDENTIALS);
    await login;
    return problem('credentials_missing');
  });
  expect(await client.session()).toMatchObject({ status: 'authenticated' });
  await login;
  expect(client.state.status).toBe('authenticated');
});

test('an answer from before a logout is not taken for the present', async () => {
  const { client } = browser.open();
  await client.login(CREDENTIALS);
  const body = { user: { id: 'u' }, session: { id: 's' }, access_token_expires_in: 900 };
  browser.server.script(ROUTES.session, async () => {
    await client.logout();
    return { status: 200, body };
  });
  expect(await client.session()).toBeNull();
  expect(client.state.status).toBe('anonymous');
});

test('a wrong password is an error with a code, and changes nothing', async () => {
  const { client } = browser.open();
  const login = client.login({ ...CREDENTIALS, password: 'not this one, I am afraid' });
  await expect(login).rejects.toMatchObject({
    name: 'LatchstringError',
    code: 'credentials_invalid',
    status: 401,
  });
  expect(client.state.status).toBe('unknown');
});

test('a login whose cookies this page cannot see is an error, not a session that half works', async () => {
  const { client } = browser.open({ issuer: 'http://localhost:1' });
  await expect(client.login(CREDENTIALS)).rejects.toMatchObject({ code: 'credentials_missing', status: 0 });
  expect(client.state.status).toBe('unknown');
});

test('a logout resolves as well where there is nobody', async () => {
  const { client } = browser.open();
  await client.logout();
  expect(client.state.status).toBe('anonymous');
});

test('to end all sessions, somebody must be logged in', async () => {
  const { client } = browser.open();
  await expect(client.logoutAll()).rejects.toMatchObject({ code: 'credentials_missing' });
  await client.login(CREDENTIALS);
  await client.logoutAll();
  expect(client.state.status).toBe('anonymous');
});

test('E5: sessions are listed and ended; the end of this one logs out', async () => {
  const { client } = browser.open();
  const { session } = await client.login(CREDENTIALS);
  expect(await client.sessions()).toEqual([{ id: session.id, current: true }]);
  browser.server.script(`${ROUTES.sessions}/other`, () => problem('not_found'));
  await expect(client.endSession('other')).rejects.toMatchObject({ code: 'not_found' });
  expect(client.state.status).toBe('authenticated');
  await client.endSession(session.id);
  expect(client.state.status).toBe('anonymous');
});

test('E5: a login in another tab waits for the answer that ends this session, whose cookies it would lose', async () => {
  const { client } = browser.open();
  const { session } = await client.login(CREDENTIALS);
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  let release = (): void => undefined;
  const isReleased = new Promise<void>((resolve) => (release = resolve));
  browser.server.script(`${ROUTES.sessions}/${session.id}`, async () => {
    asked();
    await isReleased;
    return undefined;
  });
  const ending = client.endSession(session.id);
  await isAsked;
  const other = browser.open();
  const login = other.client.login(CREDENTIALS);
  await other.client.session();
  expect(browser.server.count(ROUTES.login)).toBe(1);
  release();
  await Promise.all([ending, login]);
  expect((await other.client.session())?.session.id).not.toBe(session.id);
  expect(browser.server.count(ROUTES.login)).toBe(2);
});

test('E4: a change of the password goes on with the new token', async () => {
  const { client } = browser.open();
  await client.login(CREDENTIALS);
  browser.clock.advance(100_000);
  await client.changePassword({
    current_password: CREDENTIALS.password,
    new_password: 'a much better one than that',
  });
  expect(client.state.expiresAt).toBe(browser.clock.now() + 900_000);
  browser.server.script(ROUTES.passwordChange, () => problem('credentials_invalid'));
  const wrong = client.changePassword({ current_password: 'wrong', new_password: 'x' });
  await expect(wrong).rejects.toMatchObject({ code: 'credentials_invalid' });
  expect(client.state.status).toBe('authenticated');
});

test('B1: what the page can see holds no token', async () => {
  const { client } = browser.open();
  await client.login(CREDENTIALS);
  const secrets = browser.jar
    .headerFor('/auth/v1')
    .split('; ')
    .filter((pair) => !pair.includes('csrf'))
    .map((pair) => pair.split('=')[1]!);
  expect(secrets).toHaveLength(2);
  for (const secret of secrets)
    expect(JSON.stringify([client.state, browser.jar.visible()])).not.toContain(secret);
});

test('a listener that throws disturbs neither the client nor the others', async () => {
  const { client } = browser.open();
  const uncaught = new Promise((resolve) => process.once('unhandledRejection', resolve));
  const unsubscribe = client.onChange(() => {
    throw new RangeError('from a listener');
  });
  const heard = new Promise((resolve) => client.onChange(resolve));
  await client.session();
  await heard;
  expect(await uncaught).toBeInstanceOf(RangeError);
  unsubscribe();
});

test('D3: made on a server that renders pages, it opens nothing and knows nothing', async () => {
  const timers: unknown[] = [];
  const { setTimeout: real } = globalThis;
  const client = createClient({
    baseUrl: browser.server.origin,
    platform: {
      fetch: fetchWith(browser.jar),
      Date,
      clearTimeout,
      setTimeout: (callback, milliseconds) => timers.push(real(callback, milliseconds)),
      BroadcastChannel: function opened() {
        throw new TypeError('opened');
      } as never,
    },
  });
  expect(client.state.status).toBe('unknown');
  expect(await client.session()).toBeNull();
  expect(timers).toEqual([]);
  expect(createClient().state.status).toBe('unknown');
});

test('an address that is none is a TypeError', () => {
  expect(() => createClient({ baseUrl: 'auth.example.com' })).toThrow(TypeError);
  expect(() => createClient({ apiOrigins: ['/api'] })).toThrow(TypeError);
});
