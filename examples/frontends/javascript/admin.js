import { callApi } from '../shared/api.js';
import { alertSlot, tell } from './action.js';
import { client } from './client.js';
import { h, hidden, put } from './dom.js';

/**
 * @typedef {{
 *   readonly notes: number,
 *   readonly people: readonly { readonly subject: string, readonly notes: number }[],
 * }} Report
 */

/** For administrators. That the page is shown to them alone is a courtesy; what protects the figures is the API. */
export function adminPage() {
  const notes = h('dd', null, '–');
  const people = h('dd', null, '–');
  const rows = h('tbody');
  const slot = alertSlot();
  const figures = h(
    'dl',
    { class: 'figures', 'aria-busy': 'true' },
    h('div', null, h('dt', null, 'Notes'), notes),
    h('div', null, h('dt', null, 'People who wrote'), people),
  );

  async function load() {
    const report = /** @type {Report} */ (await callApi(client, '/report'));
    put(notes, report.notes);
    put(people, report.people.length);
    put(rows, ...report.people.map(row));
    figures.ariaBusy = 'false';
  }

  load().catch((error) => tell(slot, error));
  const head = h('tr', null, h('th', { scope: 'col' }, 'Person'), h('th', { scope: 'col' }, 'Notes'));
  return h(
    'section',
    { class: 'card narrow', 'aria-labelledby': 'title' },
    h('h1', { id: 'title' }, 'Report'),
    h(
      'p',
      { class: 'lead' },
      'From ',
      h('code', null, 'GET /api/report'),
      ', which answers the role ',
      h('code', null, 'admin'),
      ' alone.',
    ),
    figures,
    h('table', null, h('caption', null, hidden('Notes by person')), h('thead', null, head), rows),
    slot,
  );
}

/** @param {Report['people'][number]} person */
function row({ subject, notes }) {
  return h('tr', null, h('td', null, h('code', null, subject)), h('td', null, notes));
}
