import type { LatchstringError } from '@latchstring/client';
import type { Client } from '@latchstring/client';
import { useClient } from '@latchstring/react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { callApi } from '../api.ts';
import { useAction } from '../use-action.ts';

const CALLS = [
  { path: '/public', who: 'Everyone' },
  { path: '/notes', who: 'Whoever is logged in' },
  { path: '/report', who: 'The role admin' },
] as const;

const AT_ONCE = 20;

interface Outcome {
  readonly isGood: boolean;
  readonly text: string;
}

/** Calls routes of the API and shows what they answer. */
export function ApiCalls(): ReactElement {
  return (
    <section className="card" aria-labelledby="calls-title">
      <h2 id="calls-title">Ask the API</h2>
      <p className="line">The same routes answer differently, depending on who asks.</p>
      <ul className="list calls">
        {CALLS.map((call) => (
          <Call key={call.path} {...call} label="Call" call={(client) => once(client, call.path)} />
        ))}
        <Call path="/notes" who={`${AT_ONCE} calls at once`} label={`Call ×${AT_ONCE}`} call={manyTimes} />
      </ul>
    </section>
  );
}

interface CallProps {
  readonly path: string;
  readonly who: string;
  readonly label: string;
  readonly call: (client: Client) => Promise<Outcome>;
}

function Call({ path, who, label, call }: CallProps): ReactElement {
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

async function once(client: Client, path: string): Promise<Outcome> {
  try {
    await callApi(client, path);
    return { isGood: true, text: '200 OK' };
  } catch (error) {
    const { status, code } = error as LatchstringError;
    return { isGood: false, text: status ? `${status} ${code}` : code };
  }
}

async function manyTimes(client: Client): Promise<Outcome> {
  const outcomes = await Promise.all(Array.from({ length: AT_ONCE }, () => once(client, '/notes')));
  const bad = outcomes.find(({ isGood }) => !isGood);
  return bad ?? { isGood: true, text: `${AT_ONCE} × 200 OK` };
}
