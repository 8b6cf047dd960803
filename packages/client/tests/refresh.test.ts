import { ROUTES } from '@latchstring/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CREDENTIALS, startBrowser } from './support/browser.ts';
import type { Browser, Tab } from './support/browser.ts';
import { problem } from './support/wire-server.ts';

let browser: Browser;
let tab: Tab;

beforeEach(async () => {
  browser = await startBrowser();
  tab = browser.open();
  await tab.client.login(CREDENTIALS);
});
afterEach(() => browser.close());

const call = (path = '/api/notes', init?: RequestInit): Promise<Response> =>
  tab.client.fetch(browser.server.origin + path, init);

const expire = (): void => browser.clock.advance(browser.server.lifetime * 1000 + 1);

test('B8: a call that is refused for an expired token refreshes once and is repeated', async () => {
  expire();
  const response = await call();
  expect(response.status).toBe(200);
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
  expect(browser.server.count('/api/notes')).toBe(2);
});

test('B8: twenty calls at once make one refresh, and none of them fails', async () => {
  expire();
  const responses = await Promise.all(Array.from({ length: 20 }, () => call()));
  expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('B8: a token that is outdated is refreshed, and the person is loaded again with their new roles', async () => {
  browser.server.outdate();
  browser.server.roles = ['member', 'admin'];
  expect((await call()).status).toBe(200);
  const { state } = await tab.heard('session');
  expect(state.user?.roles).toEqual(['member', 'admin']);
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('B8: a missing access cookie is refreshed while the CSRF cookie is there', async () => {
  browser.server.script('/api/notes', () => problem('credentials_missing'));
  expect((await call()).status).toBe(200);
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('B8: without a CSRF cookie a missing access cookie is not refreshed', async () => {
  await tab.client.logout();
  const response = await call();
  expect(response.status).toBe(401);
  expect(browser.server.count(ROUTES.refresh)).toBe(0);
});

test.for([
  'token_malformed',
  'token_untrusted',
  'token_wrong_audience',
  'token_not_yet_valid',
  'credentials_invalid',
] as const)('B8: a 401 of the code %s is handed over as it is', async (code) => {
  browser.server.scriptForever('/api/notes', () => problem(code));
  const response = await call();
  expect(await response.json()).toMatchObject({ code });
  expect(browser.server.count(ROUTES.refresh)).toBe(0);
  expect(browser.server.count('/api/notes')).toBe(1);
  expect(tab.client.state.status).toBe('authenticated');
});

test("B8: a backend's own 401 that has no code is handed over, its body unread", async () => {
  browser.server.scriptForever('/api/notes', () => ({ status: 401, body: 'come in by the other door' }));
  const response = await call();
  expect(await response.text()).toBe('come in by the other door');
  expect(browser.server.count(ROUTES.refresh)).toBe(0);
});

test('B8: a backend that always says expired gets two calls and one refresh, no loop', async () => {
  browser.server.scriptForever('/api/notes', () => problem('token_expired'));
  const response = await call();
  expect(response.status).toBe(401);
  expect(browser.server.count('/api/notes')).toBe(2);
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('B8: the body of a repeated call is sent again, from an init and from a Request', async () => {
  expire();
  const first = await call('/api/notes', { method: 'POST', body: 'one' });
  expect(await first.json()).toMatchObject({ method: 'POST', body: 'one' });
  expire();
  const request = new Request(`${browser.server.origin}/api/notes`, { method: 'PUT', body: 'two' });
  const second = await tab.client.fetch(request);
  expect(await second.json()).toMatchObject({ method: 'PUT', body: 'two' });
  expect(browser.server.count(ROUTES.refresh)).toBe(2);
});

test('B8: a body that is a stream cannot be sent twice: the 401 is handed over, the token is fresh for the next call', async () => {
  expire();
  const body = new Blob(['streamed']).stream();
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
  expect((await call('/api/notes', init)).status).toBe(401);
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
  expect((await call('/api/notes', { method: 'POST', body: 'again' })).status).toBe(200);
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('attack 50: a session that was ended logs the page out, and nothing is refreshed', async () => {
  browser.server.endSession();
  const response = await call();
  expect(await response.json()).toMatchObject({ code: 'token_revoked' });
  expect(tab.client.state.status).toBe('anonymous');
  expect(await tab.heard('ended')).toMatchObject({ remote: false, state: { user: null } });
  expect(browser.server.count(ROUTES.refresh)).toBe(0);
});

test('attack 58: a refresh of an ended session logs the page out, and hands over the 401', async () => {
  browser.server.endSession();
  expire();
  const responses = await Promise.all([call(), call(), call()]);
  expect(responses.map(({ status }) => status)).toEqual([401, 401, 401]);
  expect(tab.client.state.status).toBe('anonymous');
  await tab.heard('ended');
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('a refresh that is invalid logs the page out', async () => {
  expire();
  browser.server.script(ROUTES.refresh, () => problem('refresh_invalid'));
  expect((await call()).status).toBe(401);
  expect(tab.client.state.status).toBe('anonymous');
});

test('every refresh is heard, with the time when the new token ends', async () => {
  expire();
  await call();
  const { state, remote } = await tab.heard('refresh');
  expect(remote).toBe(false);
  expect(state.expiresAt).toBe(browser.clock.now() + browser.server.lifetime * 1000);
});

test('a state is a snapshot: a refresh makes a new one', async () => {
  const before = tab.client.state;
  await tab.client.refresh();
  expect(tab.client.state).not.toBe(before);
  expect(tab.client.state).toMatchObject({ status: 'authenticated', user: before.user });
});

test('a call is not repeated in the name of somebody who has logged in meanwhile', async () => {
  expire();
  browser.server.script('/api/notes', async () => {
    await tab.client.login(CREDENTIALS);
    return problem('token_expired');
  });
  expect((await call('/api/notes', { method: 'POST', body: 'mine' })).status).toBe(401);
  expect(browser.server.count('/api/notes')).toBe(1);
});
