import { h } from './dom.js';

/**
 * The frame of login and sign-up.
 *
 * @param {string} title
 * @param {string} lead
 * @param {...Node} children
 */
export function entrance(title, lead, ...children) {
  return h(
    'div',
    { class: 'entrance' },
    h(
      'section',
      { class: 'card', 'aria-labelledby': 'title' },
      h('h1', { id: 'title' }, title),
      h('p', { class: 'lead' }, lead),
      ...children,
    ),
    h(
      'aside',
      { 'aria-label': 'How your session is kept' },
      h('img', { class: 'picture', src: '/door.svg', alt: '', width: 240, height: 180 }),
      h('p', { class: 'motto' }, 'Hand out the string. Draw it in at once.'),
      h(
        'ul',
        null,
        h('li', null, 'Tokens live in cookies that no script can read.'),
        h('li', null, 'The API checks each request without a call.'),
        h('li', null, 'Any session can be ended from any other.'),
      ),
    ),
  );
}
