import { h } from './dom.js';

/**
 * Opens another page of the application.
 *
 * @param {string} path
 * @param {{ replace?: boolean }} options
 */
export function navigate(path, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  window.dispatchEvent(new PopStateEvent('popstate'));
  window.scrollTo(0, 0);
  // Keyboard and screen reader go on where the new page begins.
  document.querySelector('main')?.focus();
}

/**
 * A link within the application.
 *
 * @param {string} to
 * @param {import('./dom.js').Attributes | null} attributes
 * @param {...import('./dom.js').Child} children
 */
export function link(to, attributes, ...children) {
  const isCurrent = location.pathname === to;
  /** @param {MouseEvent} event */
  const onclick = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(to);
  };
  return h('a', { ...attributes, href: to, 'aria-current': isCurrent && 'page', onclick }, ...children);
}
