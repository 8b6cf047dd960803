import { existsSync, globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ROOT } from './workspace.ts';

/** A frontend and a backend that make an application together: `react-flask` is examples/frontends/react and examples/backends/flask. */
export interface Template {
  readonly name: string;
  /** The frontend's folder; its `npm run build` leaves the pages in `dist`. */
  readonly frontend: string;
  readonly backend: string;
}

/** What all frontends share: styles, pictures, words. */
export const SHARED: string = join(ROOT, 'examples/frontends/shared');

/** The templates that are shown and tested. Any other pair of a frontend and a backend works as well. */
export const TEMPLATES: readonly string[] = [
  'react-express',
  'react-fastapi',
  'react-flask',
  'react-django',
  'vue-flask',
  'javascript-hono',
];

/** The frontends that there are. */
export function frontendNames(): readonly string[] {
  return names('frontends/*/package.json');
}

function names(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: join(ROOT, 'examples') })
    .map((path) => basename(dirname(path)))
    .sort();
}

/** The template of this name. Throws one sentence where there is none. */
export function findTemplate(name: string): Template {
  const [frontend = '', backend = '', ...rest] = name.split('-');
  const frontends = frontendNames();
  const backends = names('backends/*/start.{ts,py}');
  if (rest.length > 0 || !frontends.includes(frontend) || !backends.includes(backend)) {
    throw new Error(
      `There is no example "${name}". There are ${TEMPLATES.join(', ')}; any of ${frontends.join(', ')} goes with any of ${backends.join(', ')}.`,
    );
  }
  const folder = join(ROOT, 'examples');
  return {
    name,
    frontend: join(folder, 'frontends', frontend),
    backend: join(folder, 'backends', backend),
  };
}

/** Whether a backend is written in Python. */
export function isPython({ backend }: Template): boolean {
  return existsSync(join(backend, 'start.py'));
}
