import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { LatchstringOptions } from '../config/options.ts';
import { resolveSettings } from '../config/settings.ts';
import { signalled } from './signals.ts';

// All in milliseconds.
/** How long requests under way may take to finish at a shutdown. */
export const GRACE = 10_000;
/** How much longer a worker may take to end. */
const CLOSING = 5000;
/** A worker that lived this long did not die of its start. */
const GOOD_LIFE = 10_000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10_000;

/**
 * Runs processes that share a port until a signal comes: this process takes the connections and hands them out in turns.
 * A worker that ends is replaced; if the first one does not come up, there is no use in others.
 *
 * Throws a ConfigurationError for settings that can't be used, so that it is said once.
 */
export async function superviseWorkers(
  options: LatchstringOptions,
  count: number,
  listening: (place: Pick<AddressInfo, 'address' | 'port'>) => void,
): Promise<void> {
  const { logLevel, host, port } = resolveSettings(options);
  const log = pino({ level: logLevel, base: null });
  const stopping = new AbortController();
  const stopped = signalled().then(() => stopping.abort());
  // It migrates the database and makes the first key, alone; what is wrong is said once, by it.
  const first = fork({ host, port }, stopping.signal);
  const place = await Promise.race([first.ended, untilListening(first.worker)]);
  if (place === undefined) {
    process.exitCode = stopping.signal.aborted ? 0 : 1;
    return;
  }
  // If it was any port, it is this one from now on.
  const again = (): Forked => fork({ host, port: place.port }, stopping.signal);
  const keepers = [keepRunning(first, again, stopping.signal, log)];
  while (keepers.length < count) keepers.push(keepRunning(again(), again, stopping.signal, log));
  listening(place);
  await stopped;
  await Promise.all(keepers);
}

interface Forked {
  readonly worker: Worker;
  readonly startedAt: number;
  readonly ended: Promise<undefined>;
}

/** Starts a worker that is asked to end when all are to stop, and ended if it does not. */
function fork(place: { readonly host: string; readonly port: number }, stopping: AbortSignal): Forked {
  const worker = cluster.fork({ LATCHSTRING_HOST: place.host, LATCHSTRING_PORT: String(place.port) });
  const stop = (): void => {
    worker.process.kill('SIGTERM');
    setTimeout(() => worker.process.kill('SIGKILL'), GRACE + CLOSING).unref();
  };
  stopping.addEventListener('abort', stop, { once: true });
  // A message that does not reach it any more is no reason to end.
  worker.on('error', () => undefined);
  const ended = new Promise<undefined>((resolve) => {
    worker.once('exit', () => {
      stopping.removeEventListener('abort', stop);
      resolve(undefined);
    });
  });
  return { worker, startedAt: performance.now(), ended };
}

function untilListening(worker: Worker): Promise<Pick<AddressInfo, 'address' | 'port'>> {
  return new Promise((resolve) => worker.once('listening', resolve));
}

/** Keeps one worker running, the same or another, until it is to stop; answers when it has ended. */
async function keepRunning(
  first: Forked,
  again: () => Forked,
  stopping: AbortSignal,
  log: Logger,
): Promise<void> {
  let quickDeaths = 0;
  for (let { worker, startedAt, ended } = first; ; { worker, startedAt, ended } = again()) {
    await ended;
    if (stopping.aborted) return;
    quickDeaths = performance.now() - startedAt < GOOD_LIFE ? quickDeaths + 1 : 0;
    const { exitCode, signalCode } = worker.process;
    log.error({ exit: signalCode ?? exitCode }, 'a worker has ended; another takes its place');
    const wait = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, quickDeaths - 1));
    const goesOn = await pause(wait, true, { signal: stopping }).catch(() => false);
    if (!goesOn) return;
  }
}
