import { ROUTES } from '@latchstring/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CREDENTIALS, startBrowser } from './support/browser.ts';
import type { Browser, Tab } from './support/browser.ts';
import { problem } from './support/wire-server.ts';

let browser: Browser;
let tabs: Tab[];

beforeEach(async () => {
  browser = await startBrowser();
  tabs = [browser.open(), browser.open(), browser.open()];
  await tabs[0]!.client.login(CREDENTIALS);
  for (const { client } of tabs) await client.session();
});
afterEach(() => browser.close());

const expire = (): void => browser.clock.advance(browser.server.lifetime * 1000 + 1);

// What every tab got for so many calls at once.
async function burst(calls: number): Promise<number[]> {
  const url = `${browser.server.origin}/api/notes`;
  const all = tabs.flatMap(({ client }) => Array.from({ length: calls }, () => client.fetch(url)));
  return (await Promise.all(all)).map(({ status }) => status);
}

test('B8: three tabs with twenty calls each make one refresh, and none of them fails', async () => {
  for (let round = 1; round <= 3; round++) {
    expire();
    expect(await burst(20)).toEqual(Array(60).fill(200));
    expect(browser.server.count(ROUTES.refresh)).toBe(round);
  }
});

test('B8: so they do right after a login, whose token the server refuses already', async () => {
  // The login has left a mark in the lock, which is no promise that its token is still good.
  for (let round = 1; round <= 3; round++) {
    browser.server.skip(browser.server.lifetime * 1000 + 1);
    browser.clock.advance(1);
    expect(await burst(20)).toEqual(Array(60).fill(200));
    expect(browser.server.count(ROUTES.refresh)).toBe(round);
  }
});

test('B8: a tab that hears of the refresh only later does not make another one', async () => {
  // No messages at all: what the tabs know of each other is in the lock.
  const [first, second] = [
    browser.open({}, { BroadcastChannel: undefined }),
    browser.open({}, { BroadcastChannel: undefined }),
  ];
  expire();
  const url = `${browser.server.origin}/api/notes`;
  const late = second.client.attempt(url, 'GET')!;
  expect((await first.client.fetch(url)).status).toBe(200);
  expect(await late.again('token_expired')).toBeDefined();
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('B8: where the token of the other tab is refused as well, the tab refreshes for itself', async () => {
  const { client } = browser.open({}, { BroadcastChannel: undefined });
  const url = `${browser.server.origin}/api/notes`;
  // Two calls are under way; the login of the first tab is only a moment old, but its token is refused.
  const [early, late] = [client.attempt(url, 'GET')!, client.attempt(url, 'GET')!];
  browser.clock.advance(1);
  const repeated = [await early.again('token_expired'), await late.again('token_expired')];
  expect(browser.server.count(ROUTES.refresh)).toBe(0);
  for (const call of repeated) expect(await call?.again('token_expired')).toBeDefined();
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('B8: without Web Locks a tab still refreshes once for all of its calls', async () => {
  const alone = browser.open({}, { navigator: {} });
  tabs = [alone];
  expire();
  expect(await burst(20)).toEqual(Array(20).fill(200));
  expect(browser.server.count(ROUTES.refresh)).toBe(1);
});

test('B8: without Web Locks login, logout and refresh wait for each other', async () => {
  const { client } = browser.open({}, { navigator: {} });
  const answered: string[] = [];
  const note = (name: string) => () => void answered.push(name);
  browser.server.script(ROUTES.login, async () => {
    await fetch(`${browser.server.origin}/api/other`);
    return problem('credentials_invalid');
  });
  const login = client.login(CREDENTIALS).then(note('login'), note('login refused'));
  const logout = client.logout().then(note('logout'));
  await Promise.all([login, logout]);
  expect(answered).toEqual(['login refused', 'logout']);
});

test('a refresh in one tab is heard in the others', async () => {
  const remote = tabs[1]!.heard('refresh');
  await tabs[0]!.client.refresh();
  expect((await remote).remote).toBe(true);
  expect(tabs[1]!.client.state.expiresAt).toBe(tabs[0]!.client.state.expiresAt);
});

test('a refresh for new rights loads the person again in every tab', async () => {
  browser.server.outdate();
  browser.server.roles = ['admin'];
  await tabs[0]!.client.fetch(`${browser.server.origin}/api/notes`);
  await Promise.all(tabs.map((tab) => tab.reaches(({ user }) => user?.roles.includes('admin'))));
});

test('attack 68: a logout in one tab is seen in all of them', async () => {
  const others = Promise.all([tabs[1]!.heard('logout'), tabs[2]!.heard('logout')]);
  await tabs[0]!.client.logout();
  for (const { remote, state } of await others) {
    expect(remote).toBe(true);
    expect(state.status).toBe('anonymous');
  }
});

test('a login in one tab is seen in all of them', async () => {
  await tabs[0]!.client.logout();
  await Promise.all(tabs.map((tab) => tab.reaches(({ status }) => status === 'anonymous')));
  await tabs[0]!.client.login(CREDENTIALS);
  await Promise.all(tabs.map((tab) => tab.reaches(({ user }) => user?.email === CREDENTIALS.email)));
});

test('messages between tabs name neither the person nor a token', async () => {
  const messages: unknown[] = [];
  const channel = new BroadcastChannel(`latchstring:${browser.server.origin}@`);
  const heard = new Promise<void>((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<unknown[]>) => {
      messages.push(data);
      if (data[0] === 'logout') resolve();
    };
  });
  const secrets = [
    browser.jar.headerFor('/auth/v1').split(/[=;] ?/),
    CREDENTIALS.email,
    CREDENTIALS.password,
  ];
  await tabs[0]!.client.refresh();
  await tabs[0]!.client.logout();
  await heard;
  channel.close();
  expect(messages.length).toBeGreaterThanOrEqual(2);
  for (const secret of secrets.flat()) expect(JSON.stringify(messages)).not.toContain(secret);
});

test('a refresh that waited while another tab logged out does not ask the server', async () => {
  const { client } = tabs[1]!;
  browser.server.script(ROUTES.logout, async () => {
    expect(await Promise.race([waiting, Promise.resolve('still waiting')])).toBe('still waiting');
    return undefined;
  });
  const logout = tabs[0]!.client.logout();
  const waiting = client.refresh();
  await logout;
  expect(await waiting).toBe(false);
  expect(client.state.status).toBe('anonymous');
  expect(browser.server.count(ROUTES.refresh)).toBe(0);
});
