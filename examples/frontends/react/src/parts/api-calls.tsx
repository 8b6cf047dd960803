import { useClient } from '@latchstring/react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { CALLS } from '../../../shared/calls.js';
import type { Call, Outcome } from '../../../shared/calls.js';
import { useAction } from '../use-action.ts';

/** Calls routes of the API and shows what they answer. */
export function ApiCalls(): ReactElement {
  return (
    <section className="card" aria-labelledby="calls-title">
      <h2 id="calls-title">Ask the API</h2>
      <p className="line">The same routes answer differently, depending on who asks.</p>
      <ul className="list calls">
        {CALLS.map((call) => (
          <ApiCall key={call.who} {...call} />
        ))}
      </ul>
    </section>
  );
}

function ApiCall({ path, who, label, call }: Call): ReactElement {
  const client = useClient();
  const [outcome, setOutcome] = useState<Outcome>();
  const { pending, run } = useAction(async () => setOutcome(await call(client)));
  return (
    <li>
      <span className="grow">
        <code>GET /api{path}</code>
        <small>{who}</small>
      </span>
      <output className={outcome && (outcome.isGood ? 'good' : 'bad')} aria-busy={pending}>
        {outcome?.text}
      </output>
      <button className="quiet small" aria-busy={pending} onClick={() => void run()}>
        {label}
        <span className="visually-hidden">: {who}</span>
      </button>
    </li>
  );
}
