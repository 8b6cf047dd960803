import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ServiceError } from '../domain/errors.ts';

/** Something to compute. Passwords are as they are to be hashed. */
export type PasswordJob =
  | { readonly kind: 'hash'; readonly password: string }
  | { readonly kind: 'verify'; readonly password: string; readonly hash: string }
  | { readonly kind: 'judge'; readonly password: string; readonly known: readonly string[] };

/** What became of the job that was sent first of those without an answer. */
export type PasswordOutcome = { readonly value: unknown } | { readonly failed: true };

/** How hard the machine may work on passwords. */
export interface PasswordThreadsOptions {
  /** Threads, each with one job at a time. One fewer than there are cores, and at least one, unless set. */
  readonly concurrency?: number | undefined;
  /** Jobs that may wait; what comes beyond is refused with `overloaded`. */
  readonly queue?: number | undefined;
  /** What a thread runs: `password-worker.ts`, but in tests. */
  readonly worker?: URL | undefined;
}

/** Threads of low priority for passwords, so that a storm of logins slows nothing else down. */
export interface PasswordThreads {
  /** Throws `overloaded` when too many jobs wait already. */
  run(job: PasswordJob): Promise<unknown>;
  /** Throws what `run` would throw. */
  requireCapacity(): void;
  /** Ends the threads. Jobs under way fail. */
  close(): Promise<void>;
}

interface Waiting {
  readonly job: PasswordJob;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

// The job after the present one is with the thread already, so that it never waits for this thread to have time.
const AHEAD = 2;

const WORKER = new URL(`./password-worker${extname(import.meta.url)}`, import.meta.url);

/** Threads that are started when there is something to do, and keep no process alive when there is not. */
export function createPasswordThreads(options: PasswordThreadsOptions = {}): PasswordThreads {
  const concurrency = options.concurrency ?? Math.max(1, availableParallelism() - 1);
  const limit = concurrency + (options.queue ?? 100);
  const waiting: Waiting[] = [];
  const threads = new Set<PasswordThread>();
  let closed = false;
  let unfinished = 0;

  function assign(): void {
    while (waiting.length > 0) {
      const thread = leastBusy();
      if (thread === undefined) return;
      const next = waiting.shift();
      if (next !== undefined) thread.give(next);
    }
  }

  /** A thread with a free place: an idle one, else one to be started, else one with a single job. */
  function leastBusy(): PasswordThread | undefined {
    const [least] = [...threads].sort((a, b) => a.jobs - b.jobs);
    if (threads.size < concurrency && least?.jobs !== 0) {
      const started = new PasswordThread(options.worker ?? WORKER, assign, () => threads.delete(started));
      threads.add(started);
      return started;
    }
    return least !== undefined && least.jobs < AHEAD ? least : undefined;
  }

  function requireCapacity(): void {
    if (unfinished < limit) return;
    throw new ServiceError('overloaded', 'Too many passwords wait to be checked. Try again shortly.', {
      retryAfter: 2,
    });
  }

  return {
    requireCapacity,
    async run(job) {
      if (closed) throw new Error('The password threads are closed.');
      requireCapacity();
      unfinished++;
      try {
        return await new Promise((resolve, reject) => {
          waiting.push({ job, resolve, reject });
          assign();
        });
      } finally {
        unfinished--;
      }
    },
    async close() {
      closed = true;
      for (const { reject } of waiting.splice(0)) reject(new Error('The password threads were closed.'));
      await Promise.all([...threads].map((thread) => thread.close()));
    },
  };
}

class PasswordThread {
  readonly #worker: Worker;
  /** In the order in which they are answered. */
  readonly #given: Waiting[] = [];

  constructor(worker: URL, onFree: () => void, onEnd: () => void) {
    this.#worker = new Worker(worker);
    this.#worker.unref();
    this.#worker.on('message', (outcome: PasswordOutcome) => {
      const first = this.#given.shift();
      if (this.#given.length === 0) this.#worker.unref();
      if ('failed' in outcome) first?.reject(new Error('A password could not be processed.'));
      else first?.resolve(outcome.value);
      onFree();
    });
    this.#worker.on('error', () => undefined);
    this.#worker.on('exit', () => {
      onEnd();
      for (const { reject } of this.#given.splice(0)) reject(new Error('A password thread has ended.'));
      onFree();
    });
  }

  get jobs(): number {
    return this.#given.length;
  }

  give(next: Waiting): void {
    if (this.#given.length === 0) this.#worker.ref();
    this.#given.push(next);
    this.#worker.postMessage(next.job);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
