import { callApi } from './api.js';

/**
 * What a route has answered, in a few words.
 *
 * @typedef {{ readonly isGood: boolean, readonly text: string }} Outcome
 *
 * A route of the API, whom it is for, what the button says, and what it does.
 * @typedef {{
 *   readonly path: string,
 *   readonly who: string,
 *   readonly label: string,
 *   readonly call: (client: import('./api.js').Caller) => Promise<Outcome>,
 * }} Call
 */

const AT_ONCE = 20;

/**
 * What the card "Ask the API" offers.
 *
 * @type {readonly Call[]}
 */
export const CALLS = [
  ...[
    ['/public', 'Everyone'],
    ['/notes', 'Whoever is logged in'],
    ['/report', 'The role admin'],
  ].map(([path = '', who = '']) => ({
    path,
    who,
    label: 'Call',
    call: (/** @type {import('./api.js').Caller} */ client) => once(client, path),
  })),
  { path: '/notes', who: `${AT_ONCE} calls at once`, label: `Call ×${AT_ONCE}`, call: manyTimes },
];

/**
 * @param {import('./api.js').Caller} client
 * @param {string} path
 * @returns {Promise<Outcome>}
 */
async function once(client, path) {
  try {
    await callApi(client, path);
    return { isGood: true, text: '200 OK' };
  } catch (error) {
    const { status, code } = /** @type {import('./api.js').ApiError} */ (error);
    return { isGood: false, text: status ? `${status} ${code}` : code };
  }
}

/**
 * @param {import('./api.js').Caller} client
 * @returns {Promise<Outcome>}
 */
async function manyTimes(client) {
  const outcomes = await Promise.all(Array.from({ length: AT_ONCE }, () => once(client, '/notes')));
  const bad = outcomes.find(({ isGood }) => !isGood);
  return bad ?? { isGood: true, text: `${AT_ONCE} × 200 OK` };
}
