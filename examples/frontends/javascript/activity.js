/**
 * Something that happened to the session, here or in another tab.
 *
 * @typedef {Pick<import('./latchstring-client.js').SessionEvent, 'reason' | 'remote'> & { readonly at: Date }} Activity
 */

const KEPT = 30;

/** @type {readonly Activity[]} */
let activities = [];

/** What happened to the session since the page was opened, newest first. */
export function activity() {
  return activities;
}

/**
 * Listens to the client for as long as the page is open.
 *
 * @param {import('./latchstring-client.js').Client} client
 */
export function followActivity(client) {
  client.onChange(({ reason, remote, state }) => {
    // That nobody is logged in yet is no news.
    if (reason === 'session' && state.status === 'anonymous') return;
    activities = [{ reason, remote, at: new Date() }, ...activities].slice(0, KEPT);
  });
}
