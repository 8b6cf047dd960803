import { useClient, useSession } from '@latchstring/react';
import type { ReactElement } from 'react';
import { Alert } from '../parts/alert.tsx';
import { useAction } from '../use-action.ts';

/** For people without the role `admin`. */
export function RefusedPage(): ReactElement {
  const client = useClient();
  const { user } = useSession();
  const check = useAction(() => client.session());
  return (
    <section className="card refused" aria-labelledby="title">
      <h1 id="title">For administrators only</h1>
      <p>
        Your account has no role <code>admin</code>, so this page is not shown, and the API refuses what
        stands behind it with <code>403 role_missing</code>. Give yourself the role in a terminal:
      </p>
      <pre>
        <code>npm run latchstring -- users roles {user?.email} admin</code>
      </pre>
      <p>
        The change outdates your token at once: the next look refreshes it and lets you in. You need not log
        in again.
      </p>
      <button aria-busy={check.pending} onClick={() => void check.run()}>
        Look again
      </button>
      <Alert error={check.error} />
    </section>
  );
}
