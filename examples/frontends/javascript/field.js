import { h, hidden, put } from './dom.js';

/**
 * @typedef {{
 *   readonly label: string,
 *   readonly name: string,
 *   readonly type: string,
 *   readonly autocomplete: string,
 *   readonly hint?: string,
 * }} FieldOptions
 */

/**
 * A required, labelled input, with a line below it for a hint or for what is wrong. `tell` says what is wrong, in the
 * place of the hint; undefined brings the hint back.
 *
 * @param {FieldOptions} options
 */
export function field({ label, name, type, autocomplete, hint }) {
  const line = `${name}-line`;
  const described = hint === undefined ? undefined : line;
  const input = h('input', {
    id: name,
    name,
    type,
    autocomplete,
    required: true,
    'aria-describedby': described,
  });
  input.ariaInvalid = 'false';
  const text = hint !== undefined && h('p', { id: line, class: 'line', 'aria-live': 'polite' }, hint);
  const frame = h('div', { class: 'input' }, input, type === 'password' && reveal(input));
  return {
    element: h('div', { class: 'field' }, h('label', { for: name }, label), frame, text),
    /** @param {string | undefined} problem */
    tell(problem) {
      input.ariaInvalid = String(problem !== undefined);
      if (!text) return;
      text.classList.toggle('problem', problem !== undefined);
      put(text, problem ?? hint);
    },
  };
}

/** @param {HTMLInputElement} input */
function reveal(input) {
  const button = h('button', { type: 'button', onclick: toggle });
  function say() {
    const isShown = input.type === 'text';
    button.ariaPressed = String(isShown);
    put(button, isShown ? 'Hide' : 'Show', hidden(' password'));
  }
  function toggle() {
    input.type = input.type === 'text' ? 'password' : 'text';
    say();
  }
  say();
  return button;
}
