import type { Extent } from './setup/build.ts';
import { ensureBuild, ensureDependencies } from './setup/prepare.ts';

interface Task {
  /** Answers the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** Each task is one file; it is loaded only after what it imports has been installed. */
const TASKS: Readonly<Record<string, () => Promise<Task>>> = {
  bench: () => import('./tasks/bench.ts'),
  build: () => import('./tasks/build.ts'),
  check: () => import('./tasks/check.ts'),
  conformance: () => import('./tasks/conformance.ts'),
  'conformance:python': () => import('./tasks/conformance-python.ts'),
  example: () => import('./tasks/example.ts'),
  format: () => import('./tasks/format.ts'),
  fuzz: () => import('./tasks/fuzz.ts'),
  latchstring: () => import('./tasks/latchstring.ts'),
  model: () => import('./tasks/model.ts'),
  start: () => import('./tasks/start.ts'),
  test: () => import('./tasks/test.ts'),
};

/** What has to be built first. The others work on the sources, also while those do not build. */
const BUILDS: Readonly<Record<string, Extent>> = {
  bench: 'packages',
  build: 'everything',
  conformance: 'packages',
  fuzz: 'packages',
  example: 'everything',
  latchstring: 'packages',
  start: 'everything',
};

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const load = TASKS[name];
  if (load === undefined) {
    console.error(`There is no task "${name}". There are: ${Object.keys(TASKS).join(', ')}.`);
    return 1;
  }
  await ensureDependencies();
  const extent = BUILDS[name];
  if (extent !== undefined) await ensureBuild(extent);
  const task = await load();
  return task.run(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
  // The channel to scripts/run.mjs would keep this process alive.
  if (process.connected) process.disconnect?.();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
