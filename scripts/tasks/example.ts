import { runExample } from '../lib/example-app.ts';
import { TEMPLATES } from '../lib/templates.ts';

/** One example by name, with a Latchstring server beside it. */
export function run([name]: readonly string[]): Promise<number> {
  if (name !== undefined) return runExample(name);
  console.error(`Which example? npm run example -- NAME, with one of: ${TEMPLATES.join(', ')}.`);
  return Promise.resolve(1);
}
