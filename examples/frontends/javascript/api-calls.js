import { CALLS } from '../shared/calls.js';
import { action } from './action.js';
import { client } from './client.js';
import { h, hidden, put } from './dom.js';

/** Calls routes of the API and shows what they answer. */
export function apiCalls() {
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'calls-title' },
    h('h2', { id: 'calls-title' }, 'Ask the API'),
    h('p', { class: 'line' }, 'The same routes answer differently, depending on who asks.'),
    h('ul', { class: 'list calls' }, ...CALLS.map(apiCall)),
  );
}

/** @param {import('../shared/calls.js').Call} call */
function apiCall({ path, who, label, call }) {
  const output = h('output', { 'aria-busy': 'false' });
  const button = h('button', { class: 'quiet small' }, label, hidden(`: ${who}`));
  const run = action(
    button,
    async () => {
      output.ariaBusy = 'true';
      const { isGood, text } = await call(client);
      output.className = isGood ? 'good' : 'bad';
      put(output, text);
      output.ariaBusy = 'false';
    },
    () => undefined,
  );
  button.addEventListener('click', () => run());
  const what = h('span', { class: 'grow' }, h('code', null, `GET /api${path}`), h('small', null, who));
  return h('li', null, what, output, button);
}
