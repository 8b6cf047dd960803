import { launchBrowser } from '@latchstring/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { frontendNames } from '../../scripts/lib/templates.ts';
import { startExample } from './support/example.ts';
import type { Example } from './support/example.ts';
import { PASSWORD, Visitor } from './support/visitor.ts';

describe.each(frontendNames())('login and sign-up in %s', (frontend) => {
  let example: Example;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    [example, browser] = await Promise.all([startExample(frontend, { limits: 'on' }), launchBrowser()]);
    const { accounts } = example.authentication.service.administration;
    await accounts.create({ email: 'ada@example.com', password: PASSWORD }, undefined);
  });

  afterAll(async () => {
    await browser.close();
    await example.stop();
  });

  beforeEach(async () => {
    visitor = await Visitor.open(await browser.newContext(), example.url, '/login');
  });

  /** The id of the element that has the keyboard, by the name that a screen reader reads. */
  const focused = (): Promise<string> =>
    visitor.page.evaluate(() => {
      const element = document.activeElement;
      const label = element instanceof HTMLInputElement ? element.labels?.[0] : element;
      return label?.textContent ?? '';
    });

  test('the login works by keyboard alone, in the order that is seen', async () => {
    const { keyboard } = visitor.page;
    await visitor.page.getByLabel('Email').focus();
    await keyboard.type('ada@example.com');
    const order = [];
    for (let step = 0; step < 4; step++) {
      await keyboard.press('Tab');
      order.push(await focused());
    }
    expect(order).toEqual(['Password', 'Show password', 'Log in', 'Sign up']);

    await visitor.page.getByLabel('Password', { exact: true }).focus();
    await keyboard.type(PASSWORD);
    await keyboard.press('Enter');
    await visitor.sees('Your notes');
  });

  test('the first Tab offers to skip to the content, and what has the keyboard is outlined', async () => {
    await visitor.page.keyboard.press('Tab');
    expect(await focused()).toContain('Skip to the content');
    const outline = await visitor.page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement!);
      return `${outlineStyle} ${outlineWidth}`;
    });
    expect(outline).toBe('solid 2px');
  });

  test('after a step to another page, its title is read and the keyboard is in its content', async () => {
    await visitor.page.getByRole('main').getByRole('link', { name: 'Sign up' }).click();
    await visitor.sees('Create your account');
    await expect.poll(() => visitor.page.title()).toBe('Sign up – Field notes');
    expect(await visitor.page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
  });

  test('every field has a label and says to password managers what it is for', async () => {
    const fields = (): Promise<(string | null)[][]> =>
      visitor.page.evaluate(() =>
        [...document.querySelectorAll('input')].map((input) => [
          input.labels?.[0]?.textContent ?? null,
          input.type,
          input.autocomplete,
        ]),
      );
    expect(await fields()).toEqual([
      ['Email', 'email', 'username'],
      ['Password', 'password', 'current-password'],
    ]);
    await visitor.goTo('/sign-up');
    expect(await fields()).toEqual([
      ['Email', 'email', 'username'],
      ['Password', 'password', 'new-password'],
    ]);
  });

  test('a wrong password and an unknown email are told alike, without a jump', async () => {
    const button = visitor.page.getByRole('main').getByRole('button', { name: 'Log in' });
    const before = await button.boundingBox();
    for (const email of ['ada@example.com', 'nobody@example.com']) {
      await visitor.fillIn(email, 'not the password at all');
      await visitor.click('Log in');
      await visitor.isTold(/^The email or the password is wrong\.$/);
    }
    expect(await button.boundingBox()).toEqual(before);
  });

  test('a weak password is told in the words of the server, at its field', async () => {
    await visitor.goTo('/sign-up');
    await visitor.fillIn('new@example.com', 'too short');
    await visitor.click('Sign up');
    const field = visitor.page.getByLabel('Password', { exact: true });
    await visitor.page.getByText('Use at least 15 characters').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    const described = visitor.page.locator(`[id="${(await field.getAttribute('aria-describedby')) ?? ''}"]`);
    expect(await described.textContent()).toContain('Use at least 15 characters');
  });

  test('an email that is taken is told at its field', async () => {
    await visitor.goTo('/sign-up');
    await visitor.fillIn('ada@example.com', PASSWORD);
    await visitor.click('Sign up');
    await visitor.page.getByText('There is an account with this email already.').waitFor();
    expect(await visitor.page.getByLabel('Email').getAttribute('aria-invalid')).toBe('true');
  });

  test('F1: after too many attempts the time to wait is told', async () => {
    const { accounts } = example.authentication.service.administration;
    for (let attempt = 0; attempt < 10; attempt++)
      await accounts.verifyPassword('limited@example.com', 'wrong', '127.0.0.1').catch(() => undefined);
    await visitor.fillIn('limited@example.com', PASSWORD);
    await visitor.click('Log in');
    await visitor.isTold(/^Too many attempts\. Try again in 15 minutes\.$/);
  });

  test('a server that cannot be reached is told', async () => {
    await example.authentication.stop();
    await visitor.fillIn('ada@example.com', PASSWORD);
    await visitor.click('Log in');
    await visitor.isTold(/^The server cannot be reached\./);
    await example.authentication.start();
    await visitor.click('Log in');
    await visitor.sees('Your notes');
  });
});
