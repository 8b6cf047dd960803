import { h } from './dom.js';
import { link } from './router.js';

/** For addresses that no page has. */
export function notFoundPage() {
  return h(
    'div',
    { class: 'center' },
    h('h1', null, 'There is nothing here'),
    h('p', null, 'The address may be misspelled, or the page has moved.'),
    link('/', { class: 'button' }, 'To the notes'),
  );
}
