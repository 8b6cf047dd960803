import { titleOf } from '../shared/messages.js';
import { followActivity } from './activity.js';
import { adminPage } from './admin.js';
import { client } from './client.js';
import { h, put } from './dom.js';
import { header } from './header.js';
import { loading } from './loading.js';
import { loginPage, signUpPage } from './login.js';
import { notFoundPage } from './not-found.js';
import { notesPage } from './notes.js';
import { refusedPage } from './refused.js';
import { navigate } from './router.js';
import { sessionsPage } from './sessions.js';
import { welcomePage } from './welcome.js';

/**
 * A page: what it shows. The signal tells it that another page has taken its place.
 *
 * @typedef {(left: AbortSignal) => Node} Page
 */

const ENTRANCES = ['/login', '/sign-up'];

const top = h('div');
const main = h('main', { id: 'main', tabindex: '-1' });
let open = new AbortController();
/** @type {unknown} */
let shown;
/** @type {unknown} */
let problem = null;

/**
 * The page at a path. One that needs a session shows the login in its place, so that after it the very page is there.
 * That decides what is shown; what is allowed, the API decides.
 *
 * @param {string} path
 * @returns {Page}
 */
function pageAt(path) {
  const { status, user } = client.state;
  if (status === 'unknown' && !ENTRANCES.includes(path)) return () => loading(problem, ask);
  switch (path) {
    case '/':
      return user ? notesPage : welcomePage;
    case '/sessions':
      return user ? sessionsPage : loginPage;
    case '/admin':
      if (!user) return loginPage;
      return user.roles.includes('admin') ? adminPage : refusedPage;
    case '/login':
      return loginPage;
    case '/sign-up':
      return signUpPage;
    default:
      return notFoundPage;
  }
}

// A refresh changes nothing that is seen here, and must not take away what somebody is typing.
function render() {
  const { pathname } = location;
  const { status, user } = client.state;
  if (user && ENTRANCES.includes(pathname)) {
    navigate('/', { replace: true });
    return;
  }
  const next = JSON.stringify([pathname, status, user?.id, user?.roles, Boolean(problem)]);
  if (next === shown) return;
  shown = next;
  open.abort();
  open = new AbortController();
  document.title = titleOf(pathname);
  put(top, header());
  put(main, pageAt(pathname)(open.signal));
}

async function ask() {
  try {
    await client.session();
    problem = null;
  } catch (error) {
    problem = error;
  }
  render();
}

document
  .getElementById('root')
  ?.replaceChildren(h('a', { class: 'skip', href: '#main' }, 'Skip to the content'), top, main);
followActivity(client);
client.onChange(render);
window.addEventListener('popstate', render);
render();
void ask();
