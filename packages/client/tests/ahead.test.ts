import { ROUTES } from '@latchstring/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CREDENTIALS, startBrowser } from './support/browser.ts';
import type { Browser, Tab } from './support/browser.ts';
import { problem } from './support/wire-server.ts';

let browser: Browser;

beforeEach(async () => {
  browser = await startBrowser();
});
afterEach(() => browser.close());

const open = (): Tab => browser.open({ refreshAhead: true });
const refreshes = (): number => browser.server.count(ROUTES.refresh);

test.for([
  [900, 870],
  [60, 48],
  [5, 4],
])('a visible tab refreshes a token of %d s after %d s', async ([life, after]) => {
  browser.server.lifetime = life!;
  const tab = open();
  await tab.client.login(CREDENTIALS);
  browser.clock.advance(after! * 1000 - 1);
  await tab.client.sessions();
  expect(refreshes()).toBe(0);
  browser.clock.advance(1);
  await tab.heard('refresh');
  expect(refreshes()).toBe(1);
});

test('B8: three visible tabs make one refresh', async () => {
  const tabs = [open(), open(), open()];
  await tabs[0]!.client.login(CREDENTIALS);
  for (const { client } of tabs) await client.session();
  browser.clock.advance(870_000);
  await Promise.all(tabs.map((tab) => tab.heard('refresh')));
  expect(refreshes()).toBe(1);
  // And then each plans the next one.
  browser.clock.advance(870_000);
  await Promise.all(tabs.map((tab) => tab.heard('refresh')));
  expect(refreshes()).toBe(2);
});

test('a tab in the background lets it be, and makes up for it when it comes to the front', async () => {
  const tab = open();
  await tab.client.login(CREDENTIALS);
  tab.show('hidden');
  browser.clock.advance(880_000);
  await tab.client.sessions();
  expect(refreshes()).toBe(0);
  tab.show('visible');
  await tab.heard('refresh');
  expect(refreshes()).toBe(1);
});

test('a tab that comes to the front before the time asks for nothing', async () => {
  const tab = open();
  await tab.client.login(CREDENTIALS);
  const before = browser.server.seen.length;
  tab.show('hidden');
  tab.show('visible');
  tab.fire('online');
  await tab.client.sessions();
  expect(browser.server.seen.length).toBe(before + 1);
});

test('a refresh ahead that fails is tried again when the tab is back online', async () => {
  const tab = open();
  await tab.client.login(CREDENTIALS);
  browser.server.script(ROUTES.refresh, () => problem('overloaded'));
  browser.clock.advance(870_000);
  await expect.poll(refreshes, { interval: 1 }).toBe(1);
  await tab.client.sessions();
  tab.fire('online');
  await tab.heard('refresh');
  expect(refreshes()).toBe(2);
  expect(tab.client.state.status).toBe('authenticated');
});

test('a tab that comes to the front sees who logged in or out at another origin', async () => {
  const tab = open();
  const elsewhere = browser.open({}, { BroadcastChannel: undefined });
  await tab.client.session();
  await elsewhere.client.login(CREDENTIALS);
  tab.show('visible');
  await tab.heard('session');
  await expect.poll(() => tab.client.state.status).toBe('authenticated');
  await elsewhere.client.logout();
  tab.show('visible');
  expect(tab.client.state.status).toBe('anonymous');
});

test('after a logout nothing is planned', async () => {
  const tab = open();
  await tab.client.login(CREDENTIALS);
  expect(browser.clock.waiting).toBe(1);
  await tab.client.logout();
  expect(browser.clock.waiting).toBe(0);
});

test('a closed client plans nothing, hears nothing, and still works', async () => {
  const [closed, other] = [open(), open()];
  await closed.client.login(CREDENTIALS);
  await other.client.session();
  closed.client.close();
  expect(browser.clock.waiting).toBe(1);
  const before = closed.events.length;
  await other.client.refresh();
  closed.show('visible');
  expect((await closed.client.fetch(`${browser.server.origin}/api`)).status).toBe(200);
  expect(closed.events.length).toBe(before);
});

test('a server that gives tokens of hardly any life is asked once a second at most', async () => {
  browser.server.lifetime = 0.1;
  const tab = open();
  await tab.client.login(CREDENTIALS);
  browser.clock.advance(999);
  expect(refreshes()).toBe(0);
  browser.clock.advance(1);
  await tab.heard('refresh');
  expect(refreshes()).toBe(1);
});
