/** @typedef {Node | string | number | false | null | undefined} Child */
/** @typedef {Readonly<Record<string, unknown>>} Attributes */

/**
 * Makes an element: `h('button', { class: 'quiet', onclick: save }, 'Save')`. Functions become listeners; attributes
 * that are false, null or undefined are left out. Text is never taken for HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes | null} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function')
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value === true ? '' : String(value));
  }
  put(element, ...children);
  return element;
}

/**
 * Replaces what is in an element.
 *
 * @param {Element} element
 * @param {...Child} children
 */
export function put(element, ...children) {
  const shown = children.filter((child) => child !== false && child !== null && child !== undefined);
  element.replaceChildren(...shown.map((child) => (child instanceof Node ? child : String(child))));
}

/**
 * Text for screen readers alone.
 *
 * @param {string} text
 */
export function hidden(text) {
  return h('span', { class: 'visually-hidden' }, text);
}
