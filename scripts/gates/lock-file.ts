import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gate } from '../lib/gate.ts';
import { ROOT } from '../lib/workspace.ts';

interface Entry {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Where Node looks for a package that `path` asks for: in its own node_modules, then in those above. */
function candidates(path: string, name: string): readonly string[] {
  const parents = path.split('/').map((_, index, parts) => `${parts.slice(0, index + 1).join('/')}/`);
  return ['', ...parents].map((parent) => `${parent}node_modules/${name}`);
}

/** What the packages of a lock file ask for and it does not hold; `npm ci` refuses such a file. */
export function findGaps(packages: Readonly<Record<string, Entry>>): readonly string[] {
  return Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !candidates(path, name).some((candidate) => candidate in packages))
      .map((name) => `${path} asks for ${name}, which package-lock.json does not hold`),
  );
}

/** The lock file is complete, for every platform: npm leaves optional packages out if the machine had others before. */
export const lockFile: Gate = {
  name: 'lock file',
  run() {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, Entry>>;
    };
    return Promise.resolve(findGaps(lock.packages));
  },
};
