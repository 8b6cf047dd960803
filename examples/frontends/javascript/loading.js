import { describe } from '../shared/messages.js';
import { h, hidden } from './dom.js';

/**
 * Shown until it is known who is logged in, and where that cannot be found out.
 *
 * @param {unknown} error
 * @param {() => Promise<void>} reload
 */
export function loading(error, reload) {
  if (!error) {
    const spinner = h('span', { class: 'spinner', 'aria-hidden': 'true' });
    return h('div', { class: 'center', role: 'status' }, spinner, hidden('Loading'));
  }
  return h(
    'div',
    { class: 'center', role: 'alert' },
    h('h1', null, 'Not reachable'),
    h('p', null, describe(error)),
    h('button', { onclick: reload }, 'Try again'),
  );
}
