import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { PYTHON } from '../../scripts/lib/python.ts';
import { ROOT } from '../../scripts/lib/workspace.ts';

/** The Python verifier in a process of its own: vectors go in, a line each, and answers come out in their order. */
export class PythonVerifier {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  /** Read as they come, whether or not anybody asks: two full pipes would wait for each other for ever. */
  readonly #answers: string[] = [];
  #rest = '';
  #hasEnded = false;
  #wake = (): void => undefined;

  constructor() {
    const script = ['python/tests/differential.py'];
    this.#child = spawn(PYTHON, script, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk));
    this.#child.stdout.on('close', () => {
      this.#hasEnded = true;
      this.#wake();
    });
    // A process that is gone answers nothing more, which is what is told.
    this.#child.stdin.on('error', () => undefined);
  }

  async send(lines: string): Promise<void> {
    const { stdin } = this.#child;
    if (this.#hasEnded || stdin.write(lines)) return;
    // A pipe that breaks is closed, and drains no more.
    const stop = new AbortController();
    const { signal } = stop;
    const turn = Promise.race([once(stdin, 'drain', { signal }), once(stdin, 'close', { signal })]);
    await turn.catch(() => undefined);
    stop.abort();
  }

  /** So many of its next answers; fewer only where the process is gone. */
  async take(count: number): Promise<readonly string[]> {
    while (this.#answers.length < count && !this.#hasEnded) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#answers.splice(0, count);
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
  }

  #take(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    this.#answers.push(...lines);
    this.#wake();
  }
}
