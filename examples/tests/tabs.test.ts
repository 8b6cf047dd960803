import { launchBrowser } from '@latchstring/testkit';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frontendNames } from '../../scripts/lib/templates.ts';
import { startExample } from './support/example.ts';
import type { TimedExample } from './support/example.ts';
import { PASSWORD, Visitor } from './support/visitor.ts';

const ALL_GOOD = '20 × 200 OK';

/** A person with three tabs of one browser, logged in. */
async function threeTabs(context: BrowserContext, url: string, email: string): Promise<Visitor[]> {
  const first = await Visitor.open(context, url);
  await first.signUp(email);
  const others = await Promise.all([Visitor.open(context, url), Visitor.open(context, url)]);
  for (const tab of others) await tab.sees('Your notes');
  return [first, ...others];
}

function burst(tabs: readonly Visitor[]): Promise<string[]> {
  return Promise.all(tabs.map((tab) => tab.ask('20 calls at once')));
}

describe.each(frontendNames())('one session in several tabs of %s', (frontend) => {
  let example: TimedExample;
  let browser: Browser;

  beforeAll(async () => {
    [example, browser] = await Promise.all([startExample(frontend), launchBrowser()]);
  });

  afterAll(async () => {
    await browser.close();
    await example.stop();
  });

  test('B8: three tabs with 20 calls each after the token has expired make one refresh, and no call fails', async () => {
    const { refreshes } = example.authentication;
    const tabs = await threeTabs(await browser.newContext(), example.url, 'burst@example.com');
    for (let round = 1; round <= 3; round++) {
      const before = refreshes.length;
      example.advance(901_000);
      expect(await burst(tabs)).toEqual([ALL_GOOD, ALL_GOOD, ALL_GOOD]);
      expect(refreshes.length - before).toBe(1);
    }
  });

  test('a refresh is told to every tab as it happens', async () => {
    const [here, there] = await threeTabs(await browser.newContext(), example.url, 'told@example.com');
    await here!.click('Refresh now');
    await here!.page.getByRole('log').getByText('Token refreshedthis tab').waitFor();
    await there!.page.getByRole('log').getByText('Token refreshedother tab').waitFor();
  });

  test('a logout in one tab is seen in the others, and a login too', async () => {
    const [here, there] = await threeTabs(await browser.newContext(), example.url, 'everywhere@example.com');
    await here!.click('Log out');
    await there!.sees('Notes that stay yours.');
    await there!.logIn('everywhere@example.com');
    await here!.sees('Your notes');
  });

  test('a reload keeps the session, and so does a restart of the server', async () => {
    const ada = await Visitor.open(await browser.newContext(), example.url);
    await ada.signUp('restart@example.com');
    await ada.page.reload();
    await ada.sees('Your notes');

    await example.authentication.stop();
    await ada.page.reload();
    await ada.isTold(/cannot be reached/);
    await example.authentication.start();
    await ada.click('Try again');
    await ada.sees('Your notes');
    await ada.click('Refresh now');
    await ada.page.getByRole('log').getByText('Token refreshed').waitFor();
  });

  test('the page that was wanted is there after the login, also where the server could not be asked at first', async () => {
    const context = await browser.newContext();
    const ada = await Visitor.open(context, example.url, '/sessions');
    await ada.sees('Log in');
    await ada.page.getByRole('main').getByRole('link', { name: 'Sign up' }).click();
    await ada.fillIn('wanted@example.com', PASSWORD);
    await ada.click('Sign up');
    await ada.page.getByRole('heading', { name: /^Your (sessions|notes)$/ }).waitFor();
    await ada.click('Log out');
    await ada.page.getByRole('banner').getByRole('link', { name: 'Log in' }).waitFor();

    await ada.goTo('/sessions');
    await ada.fillIn('wanted@example.com', PASSWORD);
    await ada.click('Log in');
    await ada.sees('Your sessions');

    await example.authentication.stop();
    await ada.page.reload();
    await ada.isTold(/cannot be reached/);
    await example.authentication.start();
    await ada.click('Try again');
    await ada.sees('Your sessions');
  });

  test('a refresh that fails by the network logs nobody out', async () => {
    const ada = await Visitor.open(await browser.newContext(), example.url);
    await ada.signUp('offline@example.com');
    await example.authentication.stop();
    example.advance(901_000);
    expect(await ada.ask('Whoever is logged in')).toBe('network_failed');
    await ada.click('Refresh now');
    await ada.isTold(/cannot be reached/);
    await ada.sees('Your notes');

    await example.authentication.start();
    expect(await ada.ask('Whoever is logged in')).toBe('200 OK');
  });
});

describe('one session in several tabs, with access tokens that live for three seconds', () => {
  let example: TimedExample;
  let browser: Browser;

  beforeAll(async () => {
    [example, browser] = await Promise.all([
      startExample('react', { accessTokenLifetime: 3 }),
      launchBrowser(),
    ]);
  });

  afterAll(async () => {
    await browser.close();
    await example.stop();
  });

  test('B8: three tabs that call all the time make one refresh a token, and no call fails', async () => {
    const { refreshes } = example.authentication;
    const tabs = await threeTabs(await browser.newContext(), example.url, 'short@example.com');
    const outcomes = new Set<string>();
    while (refreshes.length < 3) for (const outcome of await burst(tabs)) outcomes.add(outcome);

    expect([...outcomes]).toEqual([ALL_GOOD]);
    // The client refreshes when a fifth of the life is left: two within two seconds would be one too many.
    const gaps = refreshes.slice(1).map((at, index) => at - refreshes[index]!);
    expect(Math.min(...gaps)).toBeGreaterThan(2000);
  });
});
