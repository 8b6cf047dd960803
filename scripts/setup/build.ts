import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { npm, setUp, tool } from '../lib/command.ts';
import { hashFiles } from '../lib/source-hash.ts';
import { ROOT, packages, workspaces } from '../lib/workspace.ts';
import type { Workspace } from '../lib/workspace.ts';

/** What a build reads beside the folder's own files: the compiler's settings, the tools, and how they are called. */
const SHARED = ['tsconfig.base.json', 'package-lock.json', 'scripts/setup/build.ts', 'LICENSE'];

interface Step {
  readonly folder: string;
  /** The hash of all that the result depends on. */
  readonly key: string;
  readonly build: () => void;
}

function stampOf(folder: string): string {
  return join(ROOT, '.cache/build', folder.replaceAll('/', '-'));
}

function isFresh({ folder, key }: Step): boolean {
  const stamp = stampOf(folder);
  return existsSync(join(ROOT, folder, 'dist')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key;
}

/**
 * One file in src becomes one in dist, so the names in `exports` and `bin` are the only list there is, and what is
 * published reads like its source. The result is moved into place whole.
 */
function buildPackage(folder: string): void {
  const path = join(ROOT, folder);
  const [next, last] = [join(path, 'dist.next'), join(path, 'dist.last')];
  for (const left of [next, last]) rmSync(left, { recursive: true, force: true });
  setUp(
    process.execPath,
    [tool('tsdown/dist/run.mjs'), '--config', join(ROOT, 'tsdown.config.ts'), '--logLevel', 'warn'],
    { cwd: path },
  );
  if (existsSync(join(path, 'dist'))) renameSync(join(path, 'dist'), last);
  renameSync(next, join(path, 'dist'));
  rmSync(last, { recursive: true, force: true });
  copyFileSync(join(ROOT, 'LICENSE'), join(path, 'LICENSE'));
}

function buildPages(folder: string): void {
  // A test that builds must not leave behind what was made for tests.
  const env = { ...process.env, NODE_ENV: 'production' };
  setUp(process.execPath, npm('run', 'build', '--silent'), { cwd: join(ROOT, folder), env });
}

function packageStep({ folder }: Workspace): Step {
  const key = hashFiles([
    ...SHARED,
    'tsdown.config.ts',
    `${folder}/{package,tsconfig}.json`,
    `${folder}/src/**/*`,
  ]);
  return {
    folder,
    key,
    build: () => {
      buildPackage(folder);
    },
  };
}

/** The pages hold the packages, so they are as old as the oldest of them. */
function pagesStep({ folder }: Workspace, built: readonly Step[]): Step {
  const own = hashFiles([...SHARED, `${folder}/*.*`, `${folder}/src/**/*`, 'examples/frontends/shared/**/*']);
  const key = [own, ...built.map((step) => step.key)].join('\n');
  return {
    folder,
    key,
    build: () => {
      buildPages(folder);
    },
  };
}

function hasPages({ folder }: Workspace): boolean {
  return folder.startsWith('examples/frontends/');
}

/** The packages alone, or with the pages of the examples' frontends, which are made of them. */
export type Extent = 'packages' | 'everything';

function steps(extent: Extent): readonly Step[] {
  const built = packages().map(packageStep);
  if (extent === 'packages') return built;
  const frontends = workspaces().filter(hasPages);
  return [...built, ...frontends.map((frontend) => pagesStep(frontend, built))];
}

/** Whether what is built is built from the sources as they are now. */
export function buildIsFresh(extent: Extent): boolean {
  return steps(extent).every(isFresh);
}

/** Builds, in the order of their dependencies, what is not built from the sources as they are now. */
export function build(extent: Extent): void {
  mkdirSync(join(ROOT, '.cache/build'), { recursive: true });
  for (const step of steps(extent)) {
    if (isFresh(step)) continue;
    console.error(`Building ${step.folder} …`);
    rmSync(stampOf(step.folder), { force: true });
    step.build();
    writeFileSync(stampOf(step.folder), step.key);
  }
}
