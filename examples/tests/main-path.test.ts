import { cookieNames } from '@latchstring/protocol';
import { launchBrowser } from '@latchstring/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEMPLATES } from '../../scripts/lib/templates.ts';
import { startTemplate } from './support/example.ts';
import type { Example } from './support/example.ts';
import { Visitor, secretsOf } from './support/visitor.ts';

describe.each(TEMPLATES)('%s: the main path, in a browser', (name) => {
  let example: Example;
  let browser: Browser;

  // The first of the Python templates may have to make the virtual environment.
  beforeAll(async () => {
    [example, browser] = await Promise.all([startTemplate(name), launchBrowser()]);
  }, 600_000);

  afterAll(async () => {
    await browser.close();
    await example.stop();
  });

  test('B1, B3, C5, C6, D1, E5: sign up, call the API, become administrator, end a session, log out', async () => {
    const [context, elsewhere] = [await browser.newContext(), await browser.newContext()];
    const ada = await Visitor.open(context, example.url);
    const violations: string[] = [];
    ada.page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text());
    });
    expect(await ada.ask('Whoever is logged in')).toBe('401 credentials_missing');

    await ada.signUp('ada@example.com');
    expect(await ada.ask('Everyone')).toBe('200 OK');
    expect(await ada.ask('Whoever is logged in')).toBe('200 OK');
    await ada.page.getByLabel('New note').fill('Two seals on the sandbank');
    await ada.click('Add');
    await ada.page.getByRole('listitem').filter({ hasText: 'Two seals on the sandbank' }).waitFor();

    expect(await ada.ask('The role admin')).toBe('403 role_missing');
    await ada.follow('Admin');
    await ada.sees('For administrators only');
    await example.authentication.service.administration.accounts.setRoles('ada@example.com', ['admin']);
    await ada.click('Look again');
    await ada.sees('Report');
    await ada.page.getByRole('cell', { name: '1', exact: true }).waitFor();

    const phone = await Visitor.open(elsewhere, example.url);
    await phone.logIn('ada@example.com');
    await ada.follow('Sessions');
    const others = ada.page.getByRole('main').getByRole('listitem').filter({ hasNotText: 'This browser' });
    await others.getByRole('button').click();
    await others.waitFor({ state: 'detached' });
    await phone.follow('Sessions');
    await phone.page.getByText('Your session was ended.').waitFor();

    await ada.click('Log out');
    await ada.sees('Log in');
    expect(await context.cookies()).toEqual([]);
    await ada.goTo('/');
    expect(await ada.ask('Whoever is logged in')).toBe('401 credentials_missing');
    expect(violations).toEqual([]);
  });

  test('B1: no script can read a token, in cookies or in storages', async () => {
    const context = await browser.newContext();
    const ada = await Visitor.open(context, example.url);
    await ada.signUp('readable@example.com');
    const before = await secretsOf(context);
    await ada.click('Refresh now');
    await ada.page.getByRole('log').getByText('Token refreshed').waitFor();

    const readable = await ada.readable();
    // The cookies are there, and the page sees the CSRF token alone.
    expect(readable).toMatch(
      new RegExp(`^${cookieNames({ issuer: example.authentication.issuer }).csrf}=[^;]+\n`),
    );
    expect(readable).not.toMatch(/eyJ|lsr_/);
    for (const secret of [...before, ...(await secretsOf(context))]) expect(readable).not.toContain(secret);
    expect(await ada.page.content()).not.toMatch(/eyJ|lsr_/);
  });

  test('B5: the pages and the API carry a strict policy, and no cache keeps them', async () => {
    const page = await fetch(example.url);
    const api = await fetch(`${example.url}/api/notes`);
    for (const { headers } of [page, api]) {
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('x-powered-by')).toBeNull();
    }
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(api.headers.get('cache-control')).toBe('no-store');
    expect((await fetch(example.url, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${example.url}/assets/gone.js`)).status).toBe(404);
    expect(api.status).toBe(401);
    expect(await api.json()).toMatchObject({ code: 'credentials_missing' });
  });

  test('B3: the form cannot be posted from another site, nor by a page without the CSRF token', async () => {
    const context = await browser.newContext();
    const ada = await Visitor.open(context, example.url);
    await ada.signUp('csrf@example.com');
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const csrf = (await context.cookies()).find(({ httpOnly }) => !httpOnly)?.value ?? '';
    const post = async (headers: Record<string, string>): Promise<unknown> => {
      const response = await fetch(`${example.url}/api/notes`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ text: 'planted' }),
      });
      return { status: response.status, code: ((await response.json()) as { code?: string }).code };
    };

    const refused = { status: 403, code: 'csrf_failed' };
    expect(await post({ origin: example.url })).toEqual(refused);
    expect(await post({ origin: 'https://evil.example', 'x-csrf-token': csrf })).toEqual(refused);
    expect(await post({ origin: example.url, 'x-csrf-token': csrf })).toMatchObject({ status: 201 });
  });

  test('what is no note is refused with a code', async () => {
    const context = await browser.newContext();
    const ada = await Visitor.open(context, example.url);
    await ada.signUp('notes@example.com');
    const codes = await ada.page.evaluate(
      async (bodies) => {
        const token = document.cookie.split('=')[1] ?? '';
        const headers = { 'content-type': 'application/json', 'x-csrf-token': token };
        const answers = bodies.map(async (body) => {
          const response = await fetch('/api/notes', { method: 'POST', headers, body });
          return [response.status, ((await response.json()) as { code: string }).code];
        });
        return Promise.all(answers);
      },
      [
        '{"text":""}',
        '{"text":7}',
        '[]',
        'null',
        '{',
        '{"text":"\\ud800"}',
        '\\u0000',
        '['.repeat(4000),
        `{"text":${'9'.repeat(4000)}}`,
        `{"text":"${'a'.repeat(201)}"}`,
        `"${'a'.repeat(5000)}"`,
      ],
    );
    expect(codes.slice(0, -1)).toEqual(Array(10).fill([400, 'request_invalid']));
    expect(codes.at(-1)).toEqual([413, 'request_too_large']);
  });

  test('what is no route has no answer, and no path leads out of the pages', async () => {
    const codeOf = async (path: string, method = 'GET'): Promise<unknown> => {
      const response = await fetch(`${example.url}${path}`, { method });
      return [response.status, ((await response.json()) as { code?: string }).code];
    };
    const nothing = [404, 'not_found'];
    expect(await codeOf('/api')).toEqual(nothing);
    expect(await codeOf('/api/')).toEqual(nothing);
    expect(await codeOf('/api/secrets')).toEqual(nothing);
    expect(await codeOf('/api/public', 'POST')).toEqual(nothing);
    expect(await codeOf('/api/notes', 'DELETE')).toEqual(nothing);
    expect(await codeOf('/', 'POST')).toEqual(nothing);
    expect(await codeOf('/assets/gone.js')).toEqual(nothing);

    const own = [
      '/index.html',
      '/sessions',
      '/no/such/page',
      '/%2e%2e/package.json',
      '/..%2f..%2fpackage.json',
    ];
    for (const path of own) {
      const page = await fetch(`${example.url}${path}`);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain(`content="${example.authentication.issuer}"`);
    }
    for (const path of ['/%00', '/%', '/%ff', '/assets/%00', `/${'a'.repeat(5000)}`]) {
      expect((await fetch(`${example.url}${path}`)).status).toBeLessThan(500);
    }
  });
});
