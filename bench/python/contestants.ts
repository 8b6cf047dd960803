import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { PYTHON } from '../../scripts/lib/python.ts';
import { ROOT } from '../../scripts/lib/workspace.ts';
import type { Variant } from '../lib/statistics.ts';

/** A Python process that measures what it is asked for: a name and a count go in, microseconds of CPU an operation come out. */
export class PythonContestants {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(script: string) {
    this.#child = spawn(PYTHON, [script], { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** One of its contestants. */
  variant(name: string): Variant {
    return {
      name,
      measure: async (operations) => {
        this.#child.stdin.write(`${name} ${String(operations)}\n`);
        const line = await this.#lines.next();
        if (line.done === true) throw new Error('The Python process has ended.');
        return Number(line.value);
      },
    };
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, 'close');
  }
}
