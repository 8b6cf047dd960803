import { LatchstringPlugin, Require, guardRouter, useSession } from '@latchstring/vue';
import { renderToString } from '@vue/server-renderer';
import { createSSRApp, defineComponent, h } from 'vue';
import { expect, test, vi } from 'vitest';
import { createMemoryHistory, createRouter } from 'vue-router';
import { openPage } from '../../client/tests/support/page.ts';

const Who = defineComponent(() => {
  const { status } = useSession();
  return () => h('p', status.value);
});

test('D2: on a server the status is unknown, and nobody is asked or listened to', async () => {
  const page = openPage(['admin']);
  const onChange = vi.spyOn(page.client, 'onChange');
  const app = createSSRApp(() => [
    h(Who),
    h(Require, { role: 'admin' }, { default: () => h(Who), loading: () => h('i', 'one moment') }),
  ]).use(LatchstringPlugin, { client: page.client });
  const html = await renderToString(app);
  expect(html).toContain('<p>unknown</p>');
  expect(html).toContain('<i>one moment</i>');
  expect(page.asked).toBe(0);
  expect(onChange).not.toHaveBeenCalled();
});

test('D2: on a server the router guard lets the page render without a person', async () => {
  const page = openPage(['admin']);
  const routes = [{ path: '/report', component: Who, meta: { requires: 'admin' } }];
  const router = createRouter({ history: createMemoryHistory(), routes });
  guardRouter(router, page.client);
  await router.push('/report');
  expect(router.currentRoute.value.fullPath).toBe('/report');
  expect(page.asked).toBe(0);
});
