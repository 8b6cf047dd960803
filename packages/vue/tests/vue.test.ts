// @vitest-environment jsdom
import { LatchstringPlugin, Require, useClient, useSession } from '@latchstring/vue';
import type { RequireProps, Session } from '@latchstring/vue';
import { renderToString } from '@vue/server-renderer';
import { flushPromises, mount } from '@vue/test-utils';
import { createSSRApp, defineComponent, h, onUpdated } from 'vue';
import type { Component } from 'vue';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openPage } from '../../client/tests/support/page.ts';
import type { Page } from '../../client/tests/support/page.ts';

/** What a test sees of a component. */
interface Shown {
  text(): string;
  unmount(): void;
}

const warnings: unknown[][] = [];
const mounted: Shown[] = [];

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation((...words) => void warnings.push(words));
  vi.spyOn(console, 'error').mockImplementation((...words) => void warnings.push(words));
});
afterEach(() => {
  for (const wrapper of mounted.splice(0)) wrapper.unmount();
  vi.restoreAllMocks();
  // Vue says there what is wrong with a component: nothing may be.
  expect(warnings.splice(0)).toEqual([]);
});

const Who = defineComponent(() => {
  const { status, user, error } = useSession();
  return () => h('p', error.value?.code ?? user.value?.name ?? status.value);
});

function render({ client }: Page, component: Component): Shown {
  const wrapper: Shown = mount(component, { global: { plugins: [[LatchstringPlugin, { client }]] } });
  mounted.push(wrapper);
  return wrapper;
}

const guarded = (props: RequireProps): Component =>
  defineComponent(
    () => () =>
      h(Require, props, {
        default: () => 'the secret page',
        loading: () => 'one moment',
        fallback: () => 'not for you',
      }),
  );

test('D2: the session is loaded, and followed through logout and login', async () => {
  const page = openPage(['member']);
  const who = render(page, Who);
  expect(who.text()).toBe('unknown');
  await flushPromises();
  expect(who.text()).toBe('Ada');
  await page.client.logout();
  await flushPromises();
  expect(who.text()).toBe('anonymous');
  await page.login('member');
  await flushPromises();
  expect(who.text()).toBe('Ada');
});

test('D2: the server is asked once, and no listener is left behind', async () => {
  const page = openPage(['member']);
  const { client } = page;
  const { onChange } = client;
  let listeners = 0;
  vi.spyOn(client, 'onChange').mockImplementation((listener) => {
    const stop = onChange(listener);
    listeners++;
    return () => {
      listeners--;
      stop();
    };
  });
  const both = render(
    page,
    defineComponent(() => () => [h(Who), h(Who)]),
  );
  await flushPromises();
  expect(both.text()).toBe('AdaAda');
  expect(page.asked).toBe(1);
  expect(listeners).toBe(1);
  mounted.pop();
  both.unmount();
  expect(listeners).toBe(0);
});

test('D2: the browser hydrates what a server has rendered without a difference', async () => {
  const page = openPage(['admin']);
  const app = (): ReturnType<typeof createSSRApp> =>
    createSSRApp(() =>
      h(Require, { role: 'admin' }, { default: () => h(Who), loading: () => h('i', 'one moment') }),
    ).use(LatchstringPlugin, { client: page.client });
  const html = await renderToString(app());
  expect(html).toContain('<i>one moment</i>');

  // The answer may be there before Vue is.
  await page.client.session();
  const container = document.createElement('div');
  container.innerHTML = html;
  const hydrated = app();
  hydrated.mount(container);
  await flushPromises();
  expect(container.textContent).toBe('Ada');
  hydrated.unmount();
});

test('D2: where the server cannot be asked, the error is there, and reload tries again', async () => {
  const page = openPage(['member']);
  page.isUp = false;
  let session: Session | undefined;
  const who = render(
    page,
    defineComponent(() => {
      session = useSession();
      return () => h(Who);
    }),
  );
  await flushPromises();
  expect(who.text()).toBe('network_failed');
  expect(session?.state.value.status).toBe('unknown');
  page.isUp = true;
  await session?.reload();
  await flushPromises();
  expect(who.text()).toBe('Ada');
  expect(session?.error.value).toBeNull();
});

test.for([
  ['nobody', undefined, {}, 'not for you'],
  ['nobody', undefined, { role: 'admin' }, 'not for you'],
  ['a member', ['member'], {}, 'the secret page'],
  ['a member', ['member'], { role: 'member' }, 'the secret page'],
  ['a member', ['member'], { role: 'admin' }, 'not for you'],
  ['a member', ['member'], { role: ['admin', 'member'] }, 'the secret page'],
  ['somebody without roles', [], {}, 'the secret page'],
  ['somebody without roles', [], { role: 'member' }, 'not for you'],
  // A role that a mistake has left empty opens nothing.
  ['a member', ['member'], { role: [] }, 'not for you'],
  ['a member', ['member'], { role: '' }, 'not for you'],
  ['a member', ['member'], { role: undefined as never }, 'not for you'],
] as const)('D2, C6: to %s (%j) Require with %j shows "%s"', async ([, roles, props, shown]) => {
  const wrapper = render(roles ? openPage(roles) : openPage(), guarded(props));
  expect(wrapper.text()).toBe('one moment');
  await flushPromises();
  expect(wrapper.text()).toBe(shown);
});

test('D2: Require closes when the role is taken away', async () => {
  const page = openPage(['admin']);
  const wrapper = render(page, guarded({ role: 'admin' }));
  await flushPromises();
  expect(wrapper.text()).toBe('the secret page');
  page.roles = ['member'];
  await page.client.session();
  await flushPromises();
  expect(wrapper.text()).toBe('not for you');
});

test('Require shows nothing where a slot is left out', async () => {
  const wrapper = render(openPage(), Require);
  expect(wrapper.text()).toBe('');
  await flushPromises();
  expect(wrapper.text()).toBe('');
});

test('a refresh does not render what only needs the client, nor what shows the person', async () => {
  const page = openPage(['member']);
  let updates = 0;
  const Button = defineComponent(() => {
    useClient();
    onUpdated(() => updates++);
    return () => h('button');
  });
  const Roles = defineComponent(() => {
    const { status } = useSession();
    onUpdated(() => updates++);
    return () => h('p', status.value);
  });
  const both = render(
    page,
    defineComponent(() => () => [h(Button), h(Roles)]),
  );
  await flushPromises();
  expect(both.text()).toBe('authenticated');
  expect(updates).toBe(1);
  await page.client.session();
  await flushPromises();
  expect(updates).toBe(1);
});

test('a composable works where the application provides: in stores and guards', async () => {
  const page = openPage(['member']);
  const app = createSSRApp(Who).use(LatchstringPlugin, { client: page.client });
  const { user } = app.runWithContext(useSession);
  await flushPromises();
  expect(user.value?.name).toBe('Ada');
});

test('a composable without the plugin, or outside of setup, is a TypeError; so is the plugin without a client', () => {
  for (const use of [useClient, useSession] as readonly (() => unknown)[]) {
    expect(use).toThrow(TypeError);
    expect(() => createSSRApp(Who).runWithContext(use)).toThrow(TypeError);
  }
  expect(() => createSSRApp(Who).use(LatchstringPlugin, {} as never)).toThrow(TypeError);
});
