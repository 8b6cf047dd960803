import { useClient, useSession } from '@latchstring/react';
import { useRef } from 'react';
import type { ReactElement } from 'react';
import { useActivity } from '../activity.tsx';
import { HAPPENED, clockTime, countdown } from '../../../shared/messages.js';
import { useAction } from '../use-action.ts';
import { useNow } from '../use-now.ts';
import { Alert } from './alert.tsx';

/** When the access token ends, and what happens to the session as it happens. */
export function SessionPanel(): ReactElement {
  const client = useClient();
  const { expiresAt } = useSession();
  const refresh = useAction(() => client.refresh());
  return (
    <aside className="card session" aria-labelledby="session-title">
      <h2 id="session-title">Your session</h2>
      <Countdown expiresAt={expiresAt ?? 0} />
      <button className="wide quiet" aria-busy={refresh.pending} onClick={() => void refresh.run()}>
        Refresh now
      </button>
      <Alert error={refresh.error} />
      <Log />
    </aside>
  );
}

function Countdown({ expiresAt }: { readonly expiresAt: number }): ReactElement {
  const now = useNow(250);
  const left = Math.max(0, expiresAt - now);
  // The page cannot read the token, so it does not know how long its life was in all.
  const whole = useRef(1);
  whole.current = Math.max(whole.current, left);
  return (
    <div className="countdown">
      <p>
        <span className="label">Access token ends in</span>
        <strong role="timer">{countdown(left)}</strong>
      </p>
      <div className="cord" aria-hidden="true">
        <span style={{ inlineSize: `${(left / whole.current) * 100}%` }} />
      </div>
      <p className="line">It is refreshed shortly before, once for all your tabs.</p>
    </div>
  );
}

function Log(): ReactElement {
  const activities = useActivity();
  return (
    <>
      <h3 id="log-title">As it happens</h3>
      <ol className="log" role="log" aria-labelledby="log-title" tabIndex={0}>
        {activities.map(({ id, at, reason, remote }) => (
          <li key={id} data-reason={reason}>
            <time dateTime={at.toISOString()}>{clockTime(at)}</time>
            <span>{HAPPENED[reason]}</span>
            <small>{remote ? 'other tab' : 'this tab'}</small>
          </li>
        ))}
      </ol>
    </>
  );
}
