import type { ReactElement } from 'react';
import { Link } from '../router.tsx';

/** For addresses that no page has. */
export function NotFoundPage(): ReactElement {
  return (
    <div className="center">
      <h1>There is nothing here</h1>
      <p>The address may be misspelled, or the page has moved.</p>
      <Link to="/" className="button">
        To the notes
      </Link>
    </div>
  );
}
