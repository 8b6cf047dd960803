import { HAPPENED, clockTime, countdown } from '../shared/messages.js';
import { action, alertSlot, tell } from './action.js';
import { activity } from './activity.js';
import { client } from './client.js';
import { h, put } from './dom.js';

/**
 * When the access token ends, and what happens to the session as it happens.
 *
 * @param {AbortSignal} left
 */
export function sessionPanel(left) {
  const slot = alertSlot();
  const button = h('button', { class: 'wide quiet' }, 'Refresh now');
  const refresh = action(
    button,
    () => client.refresh(),
    (error) => tell(slot, error),
  );
  button.addEventListener('click', () => refresh());
  return h(
    'aside',
    { class: 'card session', 'aria-labelledby': 'session-title' },
    h('h2', { id: 'session-title' }, 'Your session'),
    timer(left),
    button,
    slot,
    h('h3', { id: 'log-title' }, 'As it happens'),
    log(left),
  );
}

/** @param {AbortSignal} left */
function timer(left) {
  const figure = h('strong', { role: 'timer' });
  const bar = h('span');
  // The page cannot read the token, so it does not know how long its life was in all.
  let whole = 1;

  function tick() {
    const rest = Math.max(0, (client.state.expiresAt ?? 0) - Date.now());
    whole = Math.max(whole, rest);
    put(figure, countdown(rest));
    bar.style.inlineSize = `${(rest / whole) * 100}%`;
  }

  tick();
  const interval = setInterval(tick, 250);
  left.addEventListener('abort', () => clearInterval(interval));
  return h(
    'div',
    { class: 'countdown' },
    h('p', null, h('span', { class: 'label' }, 'Access token ends in'), figure),
    h('div', { class: 'cord', 'aria-hidden': 'true' }, bar),
    h('p', { class: 'line' }, 'It is refreshed shortly before, once for all your tabs.'),
  );
}

/** @param {AbortSignal} left */
function log(left) {
  const list = h('ol', { class: 'log', role: 'log', 'aria-labelledby': 'log-title', tabindex: 0 });

  function show() {
    const rows = activity().map(({ at, reason, remote }) =>
      h(
        'li',
        { 'data-reason': reason },
        h('time', { datetime: at.toISOString() }, clockTime(at)),
        h('span', null, HAPPENED[reason]),
        h('small', null, remote ? 'other tab' : 'this tab'),
      ),
    );
    put(list, ...rows);
  }

  show();
  left.addEventListener('abort', client.onChange(show));
  return list;
}
