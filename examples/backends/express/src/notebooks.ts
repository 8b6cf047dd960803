import { randomUUID } from 'node:crypto';
import { RequestError } from './errors.ts';

/** One note of a person. */
interface Note {
  readonly id: string;
  readonly text: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** How much one person has written. */
interface Person {
  /** The id under which Latchstring knows them: the one thing that your own tables need. */
  readonly subject: string;
  readonly notes: number;
}

/** The longest note, in characters. */
const TEXT_LENGTH = 200;
/** What is older than that many notes is forgotten. */
const NOTES_AT_MOST = 20;

/** Everyone's notes, newest first. In memory, where your application has its database. */
export interface Notebooks {
  of(subject: string): readonly Note[];
  add(subject: string, text: string): Note;
  people(): readonly Person[];
  count(): number;
}

/** Empty notebooks. */
export function createNotebooks(): Notebooks {
  const notebooks = new Map<string, readonly Note[]>();
  const of = (subject: string): readonly Note[] => notebooks.get(subject) ?? [];
  return {
    of,
    add(subject, text) {
      const note = { id: randomUUID(), text, createdAt: new Date().toISOString() };
      notebooks.set(subject, [note, ...of(subject)].slice(0, NOTES_AT_MOST));
      return note;
    },
    people: () => [...notebooks].map(([subject, notes]) => ({ subject, notes: notes.length })),
    count: () => [...notebooks.values()].reduce((sum, notes) => sum + notes.length, 0),
  };
}

/** The text of a note out of a request's body. Throws {@link RequestError}. */
export function noteText(body: unknown): string {
  const text = typeof body === 'object' && body !== null && 'text' in body ? body.text : undefined;
  const trimmed = typeof text === 'string' ? text.trim() : '';
  // Half a surrogate pair is no text, and other backends could not send it back.
  if (trimmed === '' || trimmed.length > TEXT_LENGTH || !trimmed.isWellFormed())
    throw new RequestError(`A note has 1 to ${TEXT_LENGTH} characters.`);
  return trimmed;
}
