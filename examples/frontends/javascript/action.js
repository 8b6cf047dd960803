import { describe } from '../shared/messages.js';
import { h, put } from './dom.js';

/** The place for an error, read out when it appears. It is kept, so that nothing jumps. */
export function alertSlot() {
  return h('div', { class: 'alert-slot', role: 'alert' });
}

/**
 * Says in its place why something failed; null for nothing.
 *
 * @param {Element} slot
 * @param {unknown} error
 */
export function tell(slot, error) {
  put(slot, Boolean(error) && h('p', { class: 'alert' }, describe(error)));
}

/**
 * Makes a function that runs `work` when asked to, never twice at a time, shows on the button that it is under way, and
 * hands over what failed; null for nothing.
 *
 * @template {unknown[]} Arguments
 * @param {HTMLElement} button
 * @param {(...args: Arguments) => Promise<unknown>} work
 * @param {(error: unknown) => void} failed
 * @returns {(...args: Arguments) => Promise<void>}
 */
export function action(button, work, failed) {
  return async (...args) => {
    if (button.ariaBusy === 'true') return;
    button.ariaBusy = 'true';
    failed(null);
    try {
      await work(...args);
    } catch (error) {
      failed(error);
    } finally {
      button.ariaBusy = 'false';
    }
  };
}

/**
 * Listens to a form being sent, and hands over what is in it.
 *
 * @param {HTMLFormElement} form
 * @param {(values: Readonly<Record<string, string>>) => unknown} listener
 */
export function onSubmit(form, listener) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    listener(/** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form))));
  });
}
