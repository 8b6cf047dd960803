import { action } from './action.js';
import { client } from './client.js';
import { h } from './dom.js';
import { link } from './router.js';

/** The name of the application, its pages, and who is logged in. */
export function header() {
  const { status, user } = client.state;
  const icon = h('img', { src: '/icon.svg', alt: '', width: 28, height: 28 });
  return h(
    'header',
    { class: 'header' },
    link('/', { class: 'brand' }, icon, 'Field notes'),
    user && pages(),
    user ? account(user.email) : entrances(status === 'unknown'),
  );
}

function pages() {
  const links = [
    link('/', null, 'Notes'),
    link('/sessions', null, 'Sessions'),
    link('/admin', null, 'Admin'),
  ];
  return h('nav', { 'aria-label': 'Pages' }, ...links);
}

/** @param {boolean} isUnknown */
function entrances(isUnknown) {
  return h(
    'div',
    { class: 'account', hidden: isUnknown },
    link('/login', { class: 'button quiet' }, 'Log in'),
    link('/sign-up', { class: 'button' }, 'Sign up'),
  );
}

/** @param {string} email */
function account(email) {
  const button = h('button', { class: 'quiet' }, 'Log out');
  const logout = action(
    button,
    () => client.logout(),
    () => undefined,
  );
  button.addEventListener('click', logout);
  return h(
    'div',
    { class: 'account' },
    h(
      'span',
      { class: 'person', title: email },
      h('span', { class: 'avatar', 'aria-hidden': 'true' }, email.slice(0, 1).toUpperCase()),
      h('span', { class: 'email' }, email),
    ),
    button,
  );
}
