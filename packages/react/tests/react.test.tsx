// @vitest-environment jsdom
import { LatchstringProvider, Require, useClient, useSession, withSession } from '@latchstring/react';
import type { RequireProps, Session } from '@latchstring/react';
import { act, cleanup, render, screen, waitFor } from '@testing-library/react';
import { Component, StrictMode } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openPage } from '../../client/tests/support/page.ts';
import type { Page } from '../../client/tests/support/page.ts';

const errors: unknown[][] = [];

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation((...words) => void errors.push(words));
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  // React says there what is wrong with a component: nothing may be.
  expect(errors.splice(0)).toEqual([]);
});

function Who(): ReactElement {
  const { status, user, error } = useSession();
  return <p>{error?.code ?? user?.name ?? status}</p>;
}

const inside = ({ client }: Page, children: ReactNode): ReactElement => (
  <LatchstringProvider client={client}>{children}</LatchstringProvider>
);

test('D1: the session is loaded, and followed through logout and login', async () => {
  const page = openPage(['member']);
  render(inside(page, <Who />));
  expect(screen.getByText('unknown')).toBeDefined();
  await screen.findByText('Ada');
  await act(() => page.client.logout());
  await screen.findByText('anonymous');
  await act(() => page.login('member'));
  await screen.findByText('Ada');
});

test('D1: StrictMode asks the server once, and leaves no listener behind', async () => {
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
  const { unmount } = render(<StrictMode>{inside(page, <Who />)}</StrictMode>);
  await screen.findByText('Ada');
  expect(page.asked).toBe(1);
  expect(listeners).toBeGreaterThan(0);
  unmount();
  expect(listeners).toBe(0);
});

test('D1: on a server the status is unknown, and the browser hydrates without a difference', async () => {
  const page = openPage(['admin']);
  const app = inside(
    page,
    <Require role="admin" loading={<i>one moment</i>} fallback={<i>no</i>}>
      <Who />
    </Require>,
  );
  const html = renderToString(app);
  expect(html).toBe('<i>one moment</i>');
  expect(page.asked).toBe(0);

  // The answer may be there before React is.
  await page.client.session();
  const container = document.createElement('div');
  container.innerHTML = html;
  const recovered: unknown[] = [];
  const root = await act(() =>
    hydrateRoot(container, app, { onRecoverableError: (error) => recovered.push(error) }),
  );
  expect(container.innerHTML).toBe('<p>Ada</p>');
  expect(recovered).toEqual([]);
  expect(page.asked).toBe(1);
  act(() => root.unmount());
});

test('D1: where the server cannot be asked, the error is there, and reload tries again', async () => {
  const page = openPage(['member']);
  page.isUp = false;
  let reload: Session['reload'] | undefined;
  function Reload(): null {
    reload = useSession().reload;
    return null;
  }
  render(
    inside(
      page,
      <>
        <Who />
        <Reload />
      </>,
    ),
  );
  await screen.findByText('network_failed');
  expect(page.client.state.status).toBe('unknown');
  page.isUp = true;
  await act(() => reload?.());
  await screen.findByText('Ada');
});

const guarded = (props: Pick<RequireProps, 'role'>): ReactElement => (
  <Require {...props} loading={<p>one moment</p>} fallback={<p>not for you</p>}>
    <p>the secret page</p>
  </Require>
);

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
] as const)('D1, C6: to %s (%j) Require with %j shows "%s"', async ([, roles, props, shown]) => {
  render(inside(roles ? openPage(roles) : openPage(), guarded(props)));
  expect(screen.getByText('one moment')).toBeDefined();
  await screen.findByText(shown);
});

test('D1: Require closes when the role is taken away, and when the session ends', async () => {
  const page = openPage(['admin']);
  render(inside(page, guarded({ role: 'admin' })));
  await screen.findByText('the secret page');
  page.roles = ['member'];
  await act(() => page.client.session());
  await screen.findByText('not for you');
});

test('D1: withSession gives a class component the session, and keeps its other properties', async () => {
  class Greeting extends Component<{ readonly session: Session; readonly word: string }> {
    override render(): ReactNode {
      const { session, word } = this.props;
      return <p>{`${word}, ${session.user?.name ?? session.status}`}</p>;
    }
  }
  const Wrapped = withSession(Greeting);
  expect(Wrapped.displayName).toBe('withSession(Greeting)');
  render(inside(openPage(['member']), <Wrapped word="Hello" />));
  await screen.findByText('Hello, Ada');
});

test('a refresh does not render what only needs the client', async () => {
  const page = openPage(['member']);
  let renders = 0;
  function Button(): null {
    useClient();
    renders++;
    return null;
  }
  render(inside(page, <Button />));
  await waitFor(() => expect(page.client.state.status).toBe('authenticated'));
  await act(() => page.client.session());
  expect(renders).toBe(1);
});

test('another client is another session', async () => {
  const [first, second] = [openPage(['member']), openPage()];
  const { rerender } = render(inside(first, <Who />));
  await screen.findByText('Ada');
  rerender(inside(second, <Who />));
  await screen.findByText('anonymous');
});

test('a hook outside of a provider is a TypeError', () => {
  const broken = [useClient, useSession].map((useHook) => {
    function Broken(): null {
      useHook();
      return null;
    }
    return <Broken />;
  });
  for (const element of broken) expect(() => renderToString(element)).toThrow(TypeError);
});
