import { useClient } from '@latchstring/react';
import type { SubmitEvent, ReactElement } from 'react';
import { useActivity } from '../activity.tsx';
import { Alert } from '../parts/alert.tsx';
import { Entrance } from '../parts/entrance.tsx';
import { Field } from '../parts/field.tsx';
import { Link } from '../router.tsx';
import { useAction } from '../use-action.ts';

/** Email and password. */
export function LoginPage(): ReactElement {
  const client = useClient();
  const [latest] = useActivity();
  const login = useAction((email: string, password: string) => client.login({ email, password }));

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void login.run(form.get('email') as string, form.get('password') as string);
  }

  return (
    <Entrance
      title="Log in"
      lead={
        latest?.reason === 'ended' ? 'Your session was ended. Log in to go on.' : 'Good to see you again.'
      }
    >
      <form onSubmit={submit}>
        <Field label="Email" name="email" type="email" autoComplete="username" required />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        <button className="wide" aria-busy={login.pending}>
          Log in
        </button>
        <Alert error={login.error} />
      </form>
      <p className="switch">
        No account yet? <Link to="/sign-up">Sign up</Link>
      </p>
    </Entrance>
  );
}
