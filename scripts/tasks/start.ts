import { runExample } from '../lib/example-app.ts';

/** The two-command start: the server and the React example. */
export function run(): Promise<number> {
  return runExample('react-express');
}
