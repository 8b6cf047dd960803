import type { ReactElement, ReactNode } from 'react';

interface EntranceProps {
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
}

/** The frame of login and sign-up. */
export function Entrance({ title, lead, children }: EntranceProps): ReactElement {
  return (
    <div className="entrance">
      <section className="card" aria-labelledby="title">
        <h1 id="title">{title}</h1>
        <p className="lead">{lead}</p>
        {children}
      </section>
      <aside aria-label="How your session is kept">
        <img className="picture" src="/door.svg" alt="" width="240" height="180" />
        <p className="motto">Hand out the string. Draw it in at once.</p>
        <ul>
          <li>Tokens live in cookies that no script can read.</li>
          <li>The API checks each request without a call.</li>
          <li>Any session can be ended from any other.</li>
        </ul>
      </aside>
    </div>
  );
}
