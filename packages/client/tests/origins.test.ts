import { HEADERS, ROUTES } from '@latchstring/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CREDENTIALS, startBrowser } from './support/browser.ts';
import type { Browser } from './support/browser.ts';
import { startWireServer } from './support/wire-server.ts';
import type { WireServer } from './support/wire-server.ts';

let browser: Browser;
let other: WireServer;

beforeEach(async () => {
  browser = await startBrowser();
  other = await startWireServer(browser.clock);
});
afterEach(() => Promise.all([browser.close(), other.close()]));

const lastOf = ({ seen }: WireServer): WireServer['seen'][number] => seen.at(-1)!;

test('B3: the CSRF token goes along with unsafe methods, and with no others', async () => {
  const { client } = browser.open();
  const { session } = await client.login(CREDENTIALS);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'post']) {
    await client.fetch(`${browser.server.origin}/api`, { method });
    expect(lastOf(browser.server).headers[HEADERS.csrf]).toBe(`csrf-of-${session.id}`);
  }
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    await client.fetch(`${browser.server.origin}/api`, { method });
    expect(lastOf(browser.server).headers[HEADERS.csrf]).toBeUndefined();
  }
});

test('B3: the CSRF token is read for each request, so that one of a new session is the new one', async () => {
  const { client } = browser.open();
  await client.login(CREDENTIALS);
  const { session } = await client.login(CREDENTIALS);
  await client.fetch(`${browser.server.origin}/api`, { method: 'POST' });
  expect(lastOf(browser.server).headers[HEADERS.csrf]).toBe(`csrf-of-${session.id}`);
});

test('B7: headers of the caller stay, and cookies go along', async () => {
  const { client } = browser.open();
  await client.login(CREDENTIALS);
  const init = { method: 'POST', headers: { 'X-Mine': 'yes' }, body: '{}' };
  expect((await client.fetch(new URL(`${browser.server.origin}/api`), init)).status).toBe(200);
  expect(lastOf(browser.server).headers['x-mine']).toBe('yes');
  expect(lastOf(browser.server).headers.cookie).toContain('latchstring');
});

test('attack 75: an origin that is not listed gets nothing at all', async () => {
  const { client } = browser.open();
  await client.login(CREDENTIALS);
  await expect(client.fetch(`${other.origin}/api`, { method: 'POST' })).rejects.toThrow(TypeError);
  await expect(client.fetch(new Request(other.origin))).rejects.toThrow(TypeError);
  expect(client.attempt(`${other.origin}/api`, 'POST')).toBeUndefined();
  expect(other.seen).toEqual([]);
});

test.for([
  (origin: string) => `${origin}.evil.example/`,
  (origin: string) => origin.replace('localhost', 'localhost@evil.example'),
  (origin: string) => origin.replace('http:', 'https:'),
  (origin: string) => origin.replace(/:\d+$/, ''),
  (origin: string) => origin.replace('http://', 'http:\\\\evil.example\\@'),
])('attack 73: an address that only looks listed is not (%#)', async (disguise) => {
  const { client } = browser.open();
  await expect(client.fetch(disguise(browser.server.origin))).rejects.toThrow(TypeError);
});

test('B7: an origin in apiOrigins gets cookies and the CSRF token, and refreshes', async () => {
  const { client } = browser.open({ apiOrigins: [other.origin] });
  const { session } = await client.login(CREDENTIALS);
  const { status } = await client.fetch(`${other.origin}/api`, { method: 'POST' });
  // The other server does not know this session; what counts is what it was sent.
  expect(status).toBe(401);
  expect(lastOf(other).headers[HEADERS.csrf]).toBe(`csrf-of-${session.id}`);
  expect(lastOf(other).headers.cookie).toBeDefined();
});

test("B7: relative addresses are the page's own", async () => {
  const { origin } = browser.server;
  const page = { location: { origin, href: `${origin}/notes/1` } };
  const { client } = browser.open({ baseUrl: undefined }, page);
  await client.login(CREDENTIALS);
  expect(client.attempt('../api', 'POST')?.headers[HEADERS.csrf]).toBeDefined();
  expect(client.attempt('//evil.example/api', 'POST')).toBeUndefined();
});

test('attack 39: nothing of a session is ever put into an address', async () => {
  const { client } = browser.open();
  await client.login(CREDENTIALS);
  await client.refresh();
  await client.sessions();
  await client.session();
  await client.logout();
  for (const { url } of browser.server.seen) {
    expect(url).not.toMatch(/[?#]/);
    expect(Object.values<string>(ROUTES)).toContain(url);
  }
});

test('a password does not follow a redirect to another host', async () => {
  const { client } = browser.open();
  const headers = { location: `${other.origin}/auth/v1/login` };
  browser.server.script(ROUTES.login, () => ({ status: 307, headers }));
  await expect(client.login(CREDENTIALS)).rejects.toMatchObject({ code: 'network_failed' });
  expect(other.seen).toEqual([]);
});
