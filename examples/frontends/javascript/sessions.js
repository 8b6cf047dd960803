import { ago, day } from '../shared/messages.js';
import { action, alertSlot, tell } from './action.js';
import { client } from './client.js';
import { h, hidden, put } from './dom.js';

/** @typedef {Awaited<ReturnType<typeof client.sessions>>[number]} Device */

/** Where one is logged in, and the way to end it. */
export function sessionsPage() {
  const list = h('ul', { class: 'list sessions', 'aria-busy': 'true' });
  const slot = alertSlot();
  /** @param {unknown} error */
  const failed = (error) => tell(slot, error);

  async function load() {
    const devices = await client.sessions();
    put(list, ...devices.map(row));
    list.ariaBusy = 'false';
  }

  /** @param {Device} device */
  function row({ id, device, current, ip, last_used_at, created_at }) {
    const button = h('button', { class: 'quiet small' }, 'End', hidden(` the session of ${device}`));
    const end = action(button, () => client.endSession(id).finally(load), failed);
    button.addEventListener('click', () => end());
    const facts = `${ip}, used ${ago(last_used_at, Date.now())}, since ${day(created_at)}`;
    const badge = current && h('span', { class: 'badge' }, 'This browser');
    const what = h('span', { class: 'grow' }, h('strong', null, device), ' ', badge, h('small', null, facts));
    return h('li', null, what, button);
  }

  const button = h('button', { class: 'danger' }, 'Log out everywhere');
  const endAll = action(button, () => client.logoutAll(), failed);
  button.addEventListener('click', () => endAll());
  load().catch(failed);
  return h(
    'section',
    { class: 'card narrow', 'aria-labelledby': 'title' },
    h('h1', { id: 'title' }, 'Your sessions'),
    h('p', { class: 'lead' }, 'Every browser in which you are logged in. End those that you do not know.'),
    list,
    h('div', { class: 'foot' }, button, slot),
  );
}
