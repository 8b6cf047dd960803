import { HEADERS, ROUTES } from '@latchstring/protocol';
import { LatchstringError } from '@latchstring/client';
import { attach } from '@latchstring/client/axios';
import axios from 'axios';
import type { AxiosInstance } from 'axios';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CREDENTIALS, fetchWith, startBrowser } from './support/browser.ts';
import type { Browser, Tab } from './support/browser.ts';
import { problem, startWireServer } from './support/wire-server.ts';

let browser: Browser;
let tab: Tab;
let api: AxiosInstance;
let detach: () => void;

beforeEach(async () => {
  browser = await startBrowser();
  tab = browser.open();
  await tab.client.login(CREDENTIALS);
  // The real axios; its fetch adapter is given the cookie jar that Node lacks.
  api = axios.create({
    baseURL: `${browser.server.origin}/api/`,
    adapter: 'fetch',
    env: { fetch: fetchWith(browser.jar) },
  });
  detach = attach(api, tab.client);
});
afterEach(() => browser.close());

const expire = (): void => browser.clock.advance(browser.server.lifetime * 1000 + 1);

test('B7: axios sends cookies, and the CSRF token with unsafe methods', async () => {
  const { data } = await api.post<object>('/notes', { text: 'one' });
  expect(data).toMatchObject({ method: 'POST', url: '/api/notes', body: '{"text":"one"}' });
  expect(browser.server.seen.at(-1)?.headers[HEADERS.csrf]).toBeDefined();
  await api.get('notes');
  expect(browser.server.seen.at(-1)?.headers[HEADERS.csrf]).toBeUndefined();
  expect(browser.server.seen.at(-1)?.headers.cookie).toBeDefined();
});

test('B8: twenty axios calls at once after the token has expired make one refresh and are all repeated', async () => {
  expire();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => api.post('notes', { n })));
  expect(answers.map(({ data }) => (data as { body: string }).body)).toEqual(
    Array.from({ length: 20 }, (_, n) => JSON.stringify({ n })),
  );
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('B8: the code is found also where axios gives no JSON', async () => {
  expire();
  const { status } = await api.get('notes', { responseType: 'arraybuffer' });
  expect(status).toBe(200);
  browser.server.script('/api/notes', () => problem('credentials_missing'));
  expect((await api.get('notes', { responseType: 'blob' })).status).toBe(200);
  expect(browser.server.count(ROUTES.refresh)).toBe(2);
});

test('B8: axios and fetch share one refresh', async () => {
  expire();
  await Promise.all([api.get('notes'), tab.client.fetch(`${browser.server.origin}/api/notes`)]);
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('B8: an API that always says expired gets two calls and one refresh, no loop', async () => {
  browser.server.scriptForever('/api/notes', () => problem('token_expired'));
  await expect(api.get('notes')).rejects.toMatchObject({ response: { status: 401 } });
  expect(browser.server.count('/api/notes')).toBe(2);
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('B8: a body that is a stream is not sent twice', async () => {
  expire();
  const upload = (text: string): Promise<unknown> => api.post('notes', new Blob([text]).stream());
  await expect(upload('one')).rejects.toMatchObject({ response: { status: 401 } });
  await expect(upload('two')).resolves.toMatchObject({ data: { body: 'two' } });
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('other refusals are errors of axios, as ever', async () => {
  browser.server.script('/api/notes', () => problem('role_missing'));
  await expect(api.get('notes')).rejects.toMatchObject({ isAxiosError: true, response: { status: 403 } });
  expect(browser.server.count(ROUTES.refresh)).toBe(0);
});

test('B8: a refresh that fails by the network logs nobody out, and the call says why', async () => {
  expire();
  browser.server.script(ROUTES.refresh, () => ({ status: 0 }));
  const failure: unknown = await api.get('notes').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(LatchstringError);
  expect(failure).toMatchObject({ code: 'network_failed' });
  expect(tab.client.state.status).toBe('authenticated');
});

test('attack 75: an origin that is not listed passes without cookies and CSRF token', async () => {
  const other = await startWireServer(browser.clock);
  try {
    await expect(api.post(`${other.origin}/api/notes`, {})).rejects.toMatchObject({
      response: { status: 401 },
    });
    expect(other.seen[0]?.headers[HEADERS.csrf]).toBeUndefined();
    expect(other.seen[0]?.headers.cookie).toBeUndefined();
    expect(other.seen).toHaveLength(1);
  } finally {
    await other.close();
  }
});

test('taken off again, the hook does nothing more', async () => {
  detach();
  await expect(api.get('notes')).rejects.toMatchObject({ response: { status: 401 } });
  expect(browser.server.count(ROUTES.refresh)).toBe(0);
});
