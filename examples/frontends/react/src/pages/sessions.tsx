import type { Client } from '@latchstring/client';
import { useClient } from '@latchstring/react';
import type { ReactElement } from 'react';
import { ago, day } from '../../../shared/messages.js';
import { Alert } from '../parts/alert.tsx';
import { useAction } from '../use-action.ts';
import { useLoaded } from '../use-loaded.ts';
import { useNow } from '../use-now.ts';

type Device = Awaited<ReturnType<Client['sessions']>>[number];

const fetchSessions = (client: Client): Promise<readonly Device[]> => client.sessions();

/** Where one is logged in, and the way to end it. */
export function SessionsPage(): ReactElement {
  const client = useClient();
  const { data, error, load } = useLoaded(fetchSessions);
  const end = useAction((id: string) => client.endSession(id).finally(load));
  const endAll = useAction(() => client.logoutAll());
  return (
    <section className="card narrow" aria-labelledby="title">
      <h1 id="title">Your sessions</h1>
      <p className="lead">Every browser in which you are logged in. End those that you do not know.</p>
      <ul className="list sessions" aria-busy={!data}>
        {data?.map((device) => (
          <Session key={device.id} device={device} busy={end.pending} end={() => void end.run(device.id)} />
        ))}
      </ul>
      <div className="foot">
        <button className="danger" aria-busy={endAll.pending} onClick={() => void endAll.run()}>
          Log out everywhere
        </button>
        <Alert error={end.error ?? endAll.error ?? error} />
      </div>
    </section>
  );
}

interface SessionProps {
  readonly device: Device;
  readonly busy: boolean;
  readonly end: () => void;
}

function Session({ device, busy, end }: SessionProps): ReactElement {
  const now = useNow(30_000);
  return (
    <li>
      <span className="grow">
        <strong>{device.device}</strong> {device.current && <span className="badge">This browser</span>}
        <small>
          {device.ip}, used {ago(device.last_used_at, now)}, since {day(device.created_at)}
        </small>
      </span>
      <button className="quiet small" disabled={busy} onClick={end}>
        End
        <span className="visually-hidden"> the session of {device.device}</span>
      </button>
    </li>
  );
}
