import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

/** A password that is strong enough. */
export const PASSWORD = 'seven quiet herons over the weir';

/** How long a test waits for what it expects to see, in milliseconds. */
const PATIENCE = 15_000;

/** A person at a tab of a browser: what they see and click. */
export class Visitor {
  readonly page: Page;
  readonly url: string;

  private constructor(page: Page, url: string) {
    page.setDefaultTimeout(PATIENCE);
    this.page = page;
    this.url = url;
  }

  static async open(context: BrowserContext, url: string, path = '/'): Promise<Visitor> {
    const visitor = new Visitor(await context.newPage(), url);
    await visitor.goTo(path);
    return visitor;
  }

  async goTo(path: string): Promise<void> {
    await this.page.goto(this.url + path);
    await this.page.getByRole('heading', { level: 1 }).waitFor();
  }

  async signUp(email: string): Promise<void> {
    await this.goTo('/sign-up');
    await this.fillIn(email, PASSWORD);
    await this.click('Sign up');
    await this.sees('Your notes');
  }

  async logIn(email: string): Promise<void> {
    await this.goTo('/login');
    await this.fillIn(email, PASSWORD);
    await this.click('Log in');
    await this.sees('Your notes');
  }

  async fillIn(email: string, password: string): Promise<void> {
    await this.page.getByLabel('Email').fill(email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
  }

  /** Clicks the button of this name. */
  async click(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click();
  }

  /** Opens a page by the navigation. */
  async follow(name: string): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name }).click();
  }

  /** Waits for a heading. */
  async sees(heading: string): Promise<void> {
    await this.page.getByRole('heading', { name: heading }).waitFor();
  }

  /** Waits for an error that is read out. */
  async isTold(words: RegExp): Promise<void> {
    await this.page.getByRole('alert').filter({ hasText: words }).waitFor();
  }

  /** Calls a route of the card "Ask the API", and gives what it shows. */
  async ask(who: string): Promise<string> {
    const row = this.page.getByRole('listitem').filter({ hasText: who });
    await row.getByRole('button').click();
    const output = row.locator('output[aria-busy="false"]:not(:empty)');
    return (await output.textContent()) ?? '';
  }

  /** Everything that a script on the page can read of cookies and storages. */
  readable(): Promise<string> {
    return this.page.evaluate(() =>
      [document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join('\n'),
    );
  }
}

/** The values of the HttpOnly cookies: what no script may ever see. */
export async function secretsOf(context: BrowserContext): Promise<string[]> {
  const cookies = (await context.cookies()).filter(({ httpOnly }) => httpOnly);
  expect(cookies).toHaveLength(2);
  return cookies.map(({ value }) => value);
}
