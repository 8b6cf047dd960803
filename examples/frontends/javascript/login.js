import { codeOf, describe } from '../shared/messages.js';
import { action, alertSlot, onSubmit, tell } from './action.js';
import { activity } from './activity.js';
import { client } from './client.js';
import { h } from './dom.js';
import { entrance } from './entrance.js';
import { field } from './field.js';
import { link } from './router.js';

/** Email and password. */
export function loginPage() {
  const isOver = activity()[0]?.reason === 'ended';
  const email = field({ label: 'Email', name: 'email', type: 'email', autocomplete: 'username' });
  const password = field({
    label: 'Password',
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
  });
  const button = h('button', { class: 'wide' }, 'Log in');
  const slot = alertSlot();
  const form = h('form', null, email.element, password.element, button, slot);
  const login = action(
    button,
    (/** @type {Readonly<Record<string, string>>} */ { email = '', password = '' }) =>
      client.login({ email, password }),
    (error) => tell(slot, error),
  );
  onSubmit(form, login);
  return entrance(
    'Log in',
    isOver ? 'Your session was ended. Log in to go on.' : 'Good to see you again.',
    form,
    h('p', { class: 'switch' }, 'No account yet? ', link('/sign-up', null, 'Sign up')),
  );
}

/** A new account; whoever makes it is logged in. */
export function signUpPage() {
  const email = field({
    label: 'Email',
    name: 'email',
    type: 'email',
    autocomplete: 'username',
    hint: 'To log in with, and for nothing else.',
  });
  const password = field({
    label: 'Password',
    name: 'password',
    type: 'password',
    autocomplete: 'new-password',
    hint: '15 characters or more. A few words are easy to remember.',
  });
  const button = h('button', { class: 'wide' }, 'Sign up');
  const slot = alertSlot();
  const form = h('form', null, email.element, password.element, button, slot);
  const signUp = action(
    button,
    (/** @type {Readonly<Record<string, string>>} */ { email = '', password = '' }) =>
      client.register({ email, password }),
    (error) => {
      const code = codeOf(error);
      email.tell(code === 'email_taken' ? describe(error) : undefined);
      password.tell(code === 'password_too_weak' ? describe(error) : undefined);
      tell(slot, code !== 'email_taken' && code !== 'password_too_weak' && error);
    },
  );
  onSubmit(form, signUp);
  return entrance(
    'Create your account',
    'One minute, and the notebook is yours.',
    form,
    h('p', { class: 'switch' }, 'Have an account already? ', link('/login', null, 'Log in')),
  );
}
