import { build, buildIsFresh } from './build.ts';
import type { Extent } from './build.ts';
import { dependenciesAreFresh, installDependencies } from './dependencies.ts';
import { alone } from './lock.ts';

async function unlessFresh(isFresh: () => boolean, mend: () => void): Promise<void> {
  if (isFresh()) return;
  // Looked at again under the lock: another run may have done it meanwhile.
  await alone(() => {
    if (!isFresh()) mend();
    return Promise.resolve();
  });
}

/** Makes sure that node_modules is what the lock file asks for. */
export function ensureDependencies(): Promise<void> {
  return unlessFresh(dependenciesAreFresh, installDependencies);
}

/** Makes sure that what is built is built from the sources as they are now. */
export function ensureBuild(extent: Extent): Promise<void> {
  return unlessFresh(
    () => buildIsFresh(extent),
    () => {
      build(extent);
    },
  );
}
