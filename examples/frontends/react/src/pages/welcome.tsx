import type { ReactElement } from 'react';
import { ApiCalls } from '../parts/api-calls.tsx';
import { Link } from '../router.tsx';

/** What everyone sees. */
export function WelcomePage(): ReactElement {
  return (
    <div className="welcome">
      <section className="hero">
        <p className="eyebrow">Made with React, kept by Latchstring</p>
        <h1>Notes that stay yours.</h1>
        <p className="lead">
          Sign up, write something down, open a second tab, end a session from another device. Every part of
          it is real, and the code behind it fits on a few pages.
        </p>
        <p className="actions">
          <Link to="/sign-up" className="button large">
            Create an account
          </Link>
          <Link to="/login" className="button large quiet">
            Log in
          </Link>
        </p>
      </section>
      <ApiCalls />
    </div>
  );
}
