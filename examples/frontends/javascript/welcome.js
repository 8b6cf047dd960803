import { apiCalls } from './api-calls.js';
import { h } from './dom.js';
import { link } from './router.js';

/** What everyone sees. */
export function welcomePage() {
  return h(
    'div',
    { class: 'welcome' },
    h(
      'section',
      { class: 'hero' },
      h('p', { class: 'eyebrow' }, 'Made with plain JavaScript, kept by Latchstring'),
      h('h1', null, 'Notes that stay yours.'),
      h(
        'p',
        { class: 'lead' },
        'Sign up, write something down, open a second tab, end a session from another device. ',
        'Every part of it is real, and the code behind it fits on a few pages.',
      ),
      h(
        'p',
        { class: 'actions' },
        link('/sign-up', { class: 'button large' }, 'Create an account'),
        link('/login', { class: 'button large quiet' }, 'Log in'),
      ),
    ),
    apiCalls(),
  );
}
