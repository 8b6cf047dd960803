import { callApi } from '../shared/api.js';
import { ago } from '../shared/messages.js';
import { action, alertSlot, onSubmit, tell } from './action.js';
import { apiCalls } from './api-calls.js';
import { client } from './client.js';
import { h, put } from './dom.js';
import { sessionPanel } from './session-panel.js';

/** @typedef {{ readonly id: string, readonly text: string, readonly createdAt: string }} Note */

/**
 * The protected page: a person's own notes, from the API.
 *
 * @param {AbortSignal} left
 */
export function notesPage(left) {
  return h(
    'div',
    { class: 'columns' },
    h('div', { class: 'stack' }, notes(), apiCalls()),
    sessionPanel(left),
  );
}

function notes() {
  const input = h('input', {
    id: 'text',
    name: 'text',
    maxlength: 200,
    placeholder: 'What did you see?',
    autocomplete: 'off',
    required: true,
  });
  const button = h('button', null, 'Add');
  const label = h('label', { class: 'visually-hidden', for: 'text' }, 'New note');
  const form = h('form', { class: 'compose' }, label, input, button);
  const slot = alertSlot();
  const place = h('div', null, h('ul', { class: 'list', 'aria-busy': 'true' }));

  async function load() {
    const { notes } = /** @type {{ notes: readonly Note[] }} */ (await callApi(client, '/notes'));
    put(place, list(notes));
  }

  const add = action(
    button,
    async (/** @type {object} */ note) => {
      await callApi(client, '/notes', note);
      form.reset();
      await load();
    },
    (error) => tell(slot, error),
  );
  onSubmit(form, add);
  load().catch((error) => tell(slot, error));
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'title' },
    h('h1', { id: 'title' }, 'Your notes'),
    form,
    slot,
    place,
  );
}

/** @param {readonly Note[]} notes */
function list(notes) {
  if (notes.length === 0)
    return h('p', { class: 'empty' }, 'Nothing here yet. Your first note starts the book.');
  const now = Date.now();
  const rows = notes.map(({ text, createdAt }) =>
    h(
      'li',
      null,
      h('span', { class: 'grow' }, text),
      h('time', { datetime: createdAt }, ago(createdAt, now)),
    ),
  );
  return h('ul', { class: 'list' }, ...rows);
}
