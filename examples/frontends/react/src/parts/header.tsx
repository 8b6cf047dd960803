import { useClient, useSession } from '@latchstring/react';
import type { ReactElement } from 'react';
import { Link } from '../router.tsx';
import { useAction } from '../use-action.ts';

/** The name of the application, its pages, and who is logged in. */
export function Header(): ReactElement {
  const { status, user } = useSession();
  return (
    <header className="header">
      <Link to="/" className="brand">
        <img src="/icon.svg" alt="" width="28" height="28" />
        Field notes
      </Link>
      {user && (
        <nav aria-label="Pages">
          <Link to="/">Notes</Link>
          <Link to="/sessions">Sessions</Link>
          <Link to="/admin">Admin</Link>
        </nav>
      )}
      {user ? <Account email={user.email} /> : <Entrances hidden={status === 'unknown'} />}
    </header>
  );
}

function Entrances({ hidden }: { readonly hidden: boolean }): ReactElement {
  return (
    <div className="account" hidden={hidden}>
      <Link to="/login" className="button quiet">
        Log in
      </Link>
      <Link to="/sign-up" className="button">
        Sign up
      </Link>
    </div>
  );
}

function Account({ email }: { readonly email: string }): ReactElement {
  const client = useClient();
  const logout = useAction(() => client.logout());
  return (
    <div className="account">
      <span className="person" title={email}>
        <span className="avatar" aria-hidden="true">
          {email.slice(0, 1).toUpperCase()}
        </span>
        <span className="email">{email}</span>
      </span>
      <button className="quiet" disabled={logout.pending} onClick={() => void logout.run()}>
        Log out
      </button>
    </div>
  );
}
