import type { ReactElement } from 'react';
import { describe } from '../../../shared/messages.js';

/** Why something failed, read out when it appears. Its place is kept, so that nothing jumps. */
export function Alert({ error }: { readonly error: unknown }): ReactElement {
  return (
    <div className="alert-slot" role="alert">
      {error ? <p className="alert">{describe(error)}</p> : null}
    </div>
  );
}
