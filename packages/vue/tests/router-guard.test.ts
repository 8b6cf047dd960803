// @vitest-environment jsdom
import { LatchstringError } from '@latchstring/client';
import { guardRouter, nextOf } from '@latchstring/vue';
import { flushPromises } from '@vue/test-utils';
import { expect, test } from 'vitest';
import * as router4 from 'vue-router-4';
import * as router5 from 'vue-router';
import { openPage } from '../../client/tests/support/page.ts';
import type { Page } from '../../client/tests/support/page.ts';

type Router = ReturnType<typeof router5.createRouter>;

const Empty = { render: () => null };
const ROUTES = [
  { path: '/', component: Empty },
  { path: '/login', component: Empty },
  { path: '/refused', component: Empty },
  { path: '/notes', component: Empty, meta: { requires: true } },
  {
    path: '/report',
    component: Empty,
    meta: { requires: 'admin' },
    // A nested route that asks for less opens nothing.
    children: [{ path: 'people', component: Empty, meta: { requires: true } }],
  },
  { path: '/drafts', component: Empty, meta: { requires: ['editor', 'admin'] } },
  ...[undefined, false, '', [], 7, null].map((requires, index) => ({
    path: `/mistake/${index}`,
    component: Empty,
    meta: { requires },
  })),
];

function routerFor(page: Page, options?: Parameters<typeof guardRouter>[2]): Router {
  const router = router5.createRouter({ history: router5.createMemoryHistory(), routes: ROUTES });
  guardRouter(router, page.client, options);
  return router;
}

const mistakes = Array.from(
  { length: 6 },
  (_, index) => [['admin'], `/mistake/${index}`, 'refused'] as const,
);

test.for([
  [null, '/', '/'],
  [null, '/notes', 'login'],
  [null, '/report?of=may', 'login'],
  [['member'], '/notes', '/notes'],
  [['member'], '/report', 'refused'],
  [['member'], '/drafts', 'refused'],
  [['editor'], '/drafts', '/drafts'],
  [['admin'], '/report', '/report'],
  [['admin'], '/report/people', '/report/people'],
  [['member'], '/report/people', 'refused'],
  [[], '/notes', '/notes'],
  ...mistakes,
] as const)('D2: with roles %j %s leads to %s', async ([roles, wanted, shown]) => {
  const page = roles ? openPage(roles) : openPage();
  const router = routerFor(page, { refused: '/refused' });
  await router.push(wanted);
  const { fullPath, path, query } = router.currentRoute.value;
  if (shown.startsWith('/')) expect(fullPath).toBe(wanted);
  else expect([path, query['next']]).toEqual([`/${shown}`, wanted]);
});

test('D2: a session that ends, and a role that is taken away, close the page that is open', async () => {
  const page = openPage(['admin']);
  const router = routerFor(page, { login: '/login', refused: '/refused' });
  await router.push('/report?of=may');
  page.roles = ['member'];
  await page.client.session();
  await flushPromises();
  expect(router.currentRoute.value.fullPath).toBe('/refused?next=/report?of=may');
  expect(nextOf(router.currentRoute.value)).toBe('/report?of=may');

  await router.push('/notes');
  await page.client.logout();
  await flushPromises();
  expect(router.currentRoute.value.fullPath).toBe('/login?next=/notes');
});

test('D2: a navigation fails where nobody can be asked, and goes on when they can', async () => {
  const page = openPage(['member']);
  page.isUp = false;
  const router = routerFor(page);
  const errors: unknown[] = [];
  router.onError((error) => errors.push(error));
  await expect(router.push('/notes')).rejects.toBeInstanceOf(LatchstringError);
  expect(errors).toMatchObject([{ code: 'network_failed' }]);
  expect(router.currentRoute.value.matched).toEqual([]);

  page.isUp = true;
  await page.client.session();
  await flushPromises();
  expect(router.currentRoute.value.fullPath).toBe('/notes');
});

test('a guard that was ended does nothing', async () => {
  const page = openPage();
  const router = router5.createRouter({ history: router5.createMemoryHistory(), routes: ROUTES });
  guardRouter(router, page.client)();
  await router.push('/report');
  await page.client.session();
  expect(router.currentRoute.value.fullPath).toBe('/report');
});

test('vue-router 4 is guarded alike', async () => {
  const router = router4.createRouter({ history: router4.createMemoryHistory(), routes: ROUTES });
  guardRouter(router, openPage().client);
  await router.push('/notes');
  expect(router.currentRoute.value.fullPath).toBe('/login?next=/notes');
});

test('an address in ?next= that leaves the application is not taken', () => {
  const next = (value: unknown): string => nextOf({ query: { next: value } }, '/home');
  expect(next('/notes?of=may#top')).toBe('/notes?of=may#top');
  const others = [
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example',
    'notes',
    '',
  ];
  for (const other of [...others, undefined, null, ['/notes']]) expect(next(other)).toBe('/home');
});
