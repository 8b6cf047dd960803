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
        <svg className="picture" viewBox="0 0 240 180" aria-hidden="true">
          <path className="picture-door" d="M40 178V22Q120 -12 200 22V178Z" />
          <path className="picture-planks" d="M80 10V178M120 5V178M160 10V178" />
          <path className="picture-hinges" d="M40 52H94M40 140H94" />
          <circle className="picture-hole" cx="168" cy="78" r="9" />
          <path className="picture-cord" d="M168 79C168 102 151 106 154 124S167 136 167 150" />
          <circle className="picture-knob" cx="167" cy="154" r="7" />
        </svg>
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
