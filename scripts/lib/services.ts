import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from './workspace.ts';

const READY_WITHIN_SECONDS = 30;
const STOPPED_WITHIN_SECONDS = 10;

/** A long-running process of ours. */
export interface Service {
  readonly name: string;
  readonly process: ChildProcess;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
}

/** Starts a script under this very Node; its output is shown line by line under its name. */
export function startService(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string = ROOT,
): Service {
  const watch = pathToFileURL(join(ROOT, 'scripts/lib/end-with-parent.mjs')).href;
  const child = spawn(process.execPath, ['--import', watch, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream)
      createInterface({ input: stream }).on('line', (line) => {
        console.log(`  ${name} │ ${line}`);
      });
  }
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve();
    });
    child.once('exit', () => {
      resolve();
    });
  });
  return { name, process: child, ended };
}

function hasEnded({ process: child }: Service): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

async function responds(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

/** Waits until the address answers with success. Throws one sentence if the service ends before, or takes too long. */
export async function untilReady(service: Service, url: string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_SECONDS * 1000;
  while (!(await responds(url))) {
    if (hasEnded(service))
      throw new Error(`${service.name} ended before it was ready; its last lines say why.`);
    if (performance.now() > deadline) throw new Error(`${service.name} did not answer on ${url} in time.`);
    await pause(50);
  }
}

/** Asks the services to end, and ends those that do not. */
export async function stopServices(services: readonly Service[]): Promise<void> {
  const running = services.filter((service) => !hasEnded(service));
  for (const { process: child } of running) child.kill('SIGTERM');
  const everyone = Promise.all(running.map(({ ended }) => ended));
  await Promise.race([everyone, pause(STOPPED_WITHIN_SECONDS * 1000, undefined, { ref: false })]);
  for (const service of running) if (!hasEnded(service)) service.process.kill('SIGKILL');
  await everyone;
}
