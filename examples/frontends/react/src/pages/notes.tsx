import type { Client } from '@latchstring/client';
import { useClient } from '@latchstring/react';
import type { SubmitEvent, ReactElement } from 'react';
import { callApi } from '../../../shared/api.js';
import { ago } from '../../../shared/messages.js';
import { Alert } from '../parts/alert.tsx';
import { ApiCalls } from '../parts/api-calls.tsx';
import { SessionPanel } from '../parts/session-panel.tsx';
import { useAction } from '../use-action.ts';
import { useLoaded } from '../use-loaded.ts';
import { useNow } from '../use-now.ts';

interface Note {
  readonly id: string;
  readonly text: string;
  readonly createdAt: string;
}

const fetchNotes = (client: Client): Promise<{ notes: readonly Note[] }> => callApi(client, '/notes');

/** The protected page: a person's own notes, from the API. */
export function NotesPage(): ReactElement {
  return (
    <div className="columns">
      <div className="stack">
        <Notes />
        <ApiCalls />
      </div>
      <SessionPanel />
    </div>
  );
}

function Notes(): ReactElement {
  const client = useClient();
  const { data, error, load } = useLoaded(fetchNotes);
  const add = useAction(async (form: HTMLFormElement) => {
    await callApi(client, '/notes', { text: new FormData(form).get('text') });
    form.reset();
    await load();
  });

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    void add.run(event.currentTarget);
  }

  return (
    <section className="card" aria-labelledby="title">
      <h1 id="title">Your notes</h1>
      <form className="compose" onSubmit={submit}>
        <label className="visually-hidden" htmlFor="text">
          New note
        </label>
        <input
          id="text"
          name="text"
          maxLength={200}
          placeholder="What did you see?"
          autoComplete="off"
          required
        />
        <button aria-busy={add.pending}>Add</button>
      </form>
      <Alert error={add.error ?? error} />
      <NoteList notes={data?.notes} />
    </section>
  );
}

function NoteList({ notes }: { readonly notes: readonly Note[] | undefined }): ReactElement {
  const now = useNow(30_000);
  if (notes?.length === 0) return <p className="empty">Nothing here yet. Your first note starts the book.</p>;
  return (
    <ul className="list" aria-busy={!notes}>
      {notes?.map(({ id, text, createdAt }) => (
        <li key={id}>
          <span className="grow">{text}</span>
          <time dateTime={createdAt}>{ago(createdAt, now)}</time>
        </li>
      ))}
    </ul>
  );
}
