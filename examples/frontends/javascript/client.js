import { createClient } from './latchstring-client.js';

/**
 * The one session client of this page. The server has written Latchstring's address into index.html.
 *
 * @type {import('./latchstring-client.js').Client}
 */
export const client = createClient({ baseUrl: issuerOf(document) });

/** @param {Document} document */
function issuerOf({ head }) {
  const meta = /** @type {HTMLMetaElement | null} */ (head.querySelector('meta[name="latchstring-issuer"]'));
  return meta?.content ?? location.origin;
}
