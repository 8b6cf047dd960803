import type { Client } from '@latchstring/client';
import type { ReactElement } from 'react';
import { callApi } from '../../../shared/api.js';
import { Alert } from '../parts/alert.tsx';
import { useLoaded } from '../use-loaded.ts';

interface Report {
  readonly notes: number;
  readonly people: readonly { readonly subject: string; readonly notes: number }[];
}

const fetchReport = (client: Client): Promise<Report> => callApi(client, '/report');

/** For administrators. The guard on the page is a courtesy; what protects the figures is the API. */
export function AdminPage(): ReactElement {
  const { data, error } = useLoaded(fetchReport);
  return (
    <section className="card narrow" aria-labelledby="title">
      <h1 id="title">Report</h1>
      <p className="lead">
        From <code>GET /api/report</code>, which answers the role <code>admin</code> alone.
      </p>
      <dl className="figures" aria-busy={!data}>
        <div>
          <dt>Notes</dt>
          <dd>{data?.notes ?? '–'}</dd>
        </div>
        <div>
          <dt>People who wrote</dt>
          <dd>{data?.people.length ?? '–'}</dd>
        </div>
      </dl>
      <table>
        <caption className="visually-hidden">Notes by person</caption>
        <thead>
          <tr>
            <th scope="col">Person</th>
            <th scope="col">Notes</th>
          </tr>
        </thead>
        <tbody>
          {data?.people.map(({ subject, notes }) => (
            <tr key={subject}>
              <td>
                <code>{subject}</code>
              </td>
              <td>{notes}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Alert error={error} />
    </section>
  );
}
