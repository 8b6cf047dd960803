import { useClient } from '@latchstring/react';
import type { SubmitEvent, ReactElement } from 'react';
import { codeOf, describe } from '../../../shared/messages.js';
import { Alert } from '../parts/alert.tsx';
import { Entrance } from '../parts/entrance.tsx';
import { Field } from '../parts/field.tsx';
import { Link } from '../router.tsx';
import { useAction } from '../use-action.ts';

/** A new account; whoever makes it is logged in. */
export function SignUpPage(): ReactElement {
  const client = useClient();
  const signUp = useAction((email: string, password: string) => client.register({ email, password }));
  const code = codeOf(signUp.error);
  const problemIf = (wanted: string): string | undefined =>
    code === wanted ? describe(signUp.error) : undefined;
  const elsewhere = code !== 'email_taken' && code !== 'password_too_weak';

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void signUp.run(form.get('email') as string, form.get('password') as string);
  }

  return (
    <Entrance title="Create your account" lead="One minute, and the notebook is yours.">
      <form onSubmit={submit}>
        <Field
          label="Email"
          name="email"
          type="email"
          autoComplete="username"
          required
          hint="To log in with, and for nothing else."
          problem={problemIf('email_taken')}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          hint="15 characters or more. A few words are easy to remember."
          problem={problemIf('password_too_weak')}
        />
        <button className="wide" aria-busy={signUp.pending}>
          Sign up
        </button>
        <Alert error={elsewhere && signUp.error} />
      </form>
      <p className="switch">
        Have an account already? <Link to="/login">Log in</Link>
      </p>
    </Entrance>
  );
}
