import { action, alertSlot, tell } from './action.js';
import { client } from './client.js';
import { h } from './dom.js';

/** For people without the role `admin`. */
export function refusedPage() {
  const slot = alertSlot();
  const button = h('button', null, 'Look again');
  const check = action(
    button,
    () => client.session(),
    (error) => tell(slot, error),
  );
  button.addEventListener('click', () => check());
  const command = `npm run latchstring -- users roles ${client.state.user?.email ?? ''} admin`;
  return h(
    'section',
    { class: 'card refused', 'aria-labelledby': 'title' },
    h('h1', { id: 'title' }, 'For administrators only'),
    h(
      'p',
      null,
      'Your account has no role ',
      h('code', null, 'admin'),
      ', so this page is not shown, and the API refuses what stands behind it with ',
      h('code', null, '403 role_missing'),
      '. Give yourself the role in a terminal:',
    ),
    h('pre', null, h('code', null, command)),
    h(
      'p',
      null,
      'The change outdates your token at once: the next look refreshes it and lets you in. ',
      'You need not log in again.',
    ),
    button,
    slot,
  );
}
