import { ROUTES } from '@latchstring/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CREDENTIALS, startBrowser } from './support/browser.ts';
import type { Browser, Tab } from './support/browser.ts';
import { problem } from './support/wire-server.ts';
import type { Script } from './support/wire-server.ts';

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
const superseded: Script = () => problem('refresh_superseded', {}, { refresh: browser.server.policy });

// Somebody who shares the cookies but no lock: a page of a sibling host.
async function refreshElsewhere(): Promise<void> {
  await browser.open({}, { navigator: {}, BroadcastChannel: undefined }).client.refresh();
}

// Resolves when the client waits for the superseded window, which then passes.
async function passWindow(seconds: number): Promise<void> {
  await expect.poll(() => browser.clock.waiting, { interval: 1 }).toBe(1);
  browser.clock.advance(seconds * 1000);
}

test('B8: superseded with a newer cookie in the jar: the client goes on with that', async () => {
  expire();
  browser.server.script(ROUTES.refresh, async () => {
    await refreshElsewhere();
    return superseded({ method: '', url: '', headers: {}, body: '' });
  });
  expect((await call()).status).toBe(200);
  expect(browser.server.count(ROUTES.refresh)).toBe(2);
  expect(tab.client.state.status).toBe('authenticated');
});

test('B8: superseded without one: it waits for the window, tries once more, and goes on', async () => {
  expire();
  browser.server.script(ROUTES.refresh, superseded);
  const response = call();
  await passWindow(30);
  expect((await response).status).toBe(200);
  expect(browser.server.count(ROUTES.refresh)).toBe(2);
});

test('B8: superseded twice: the session is over, after two attempts', async () => {
  expire();
  browser.server.policy = { client_timeout: 15, superseded_window: 20 };
  browser.server.scriptForever(ROUTES.refresh, superseded);
  const response = call();
  // As long as the answer said, not the 30 s of before.
  await passWindow(20);
  expect((await response).status).toBe(401);
  expect(tab.client.state.status).toBe('anonymous');
  await tab.heard('ended');
  expect(browser.server.count(ROUTES.refresh)).toBe(2);
});

test('while it waits for the window, a person can log out', async () => {
  expire();
  browser.server.script(ROUTES.refresh, superseded);
  const response = call();
  await expect.poll(() => browser.clock.waiting, { interval: 1 }).toBe(1);
  await tab.client.logout();
  browser.clock.advance(30_000);
  expect((await response).status).toBe(401);
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});
