import { useSession } from '@latchstring/react';
import type { ReactElement } from 'react';
import { describe } from '../../../shared/messages.js';

/** Shown until it is known who is logged in, and where that cannot be found out. */
export function Loading(): ReactElement {
  const { error, reload } = useSession();
  if (!error) {
    return (
      <div className="center" role="status">
        <span className="spinner" aria-hidden="true" />
        <span className="visually-hidden">Loading</span>
      </div>
    );
  }
  return (
    <div className="center" role="alert">
      <h1>Not reachable</h1>
      <p>{describe(error)}</p>
      <button onClick={() => void reload()}>Try again</button>
    </div>
  );
}
