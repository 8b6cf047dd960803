/** A thread that checks passwords, one after the other: `password-threads.ts` starts it and says what to do. */
import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync } from '@node-rs/argon2';
import { PARAMETERS } from './password-hasher.ts';
import { judgePassword } from './password-judge.ts';
import type { PasswordJob, PasswordOutcome } from './password-threads.ts';

async function compute(job: PasswordJob): Promise<unknown> {
  switch (job.kind) {
    case 'hash':
      return hashSync(job.password, PARAMETERS);
    case 'verify':
      return verifySync(job.hash, job.password);
    case 'judge':
      return judgePassword(job.password, job.known);
  }
}

/** How far behind the rest of the process the thread stands: its share where both want one core is a quarter. */
const NICENESS = 5;

/** On Linux a priority belongs to a thread; elsewhere this would slow the whole process down. */
function standBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, Math.min(19, getPriority(0) + NICENESS));
  } catch {
    // A container may forbid it: the thread then competes as an equal.
  }
}

if (parentPort !== null) {
  const port = parentPort;
  standBack();
  // One after the other also where one waits for its dictionary, so that the answers come in the order of the jobs.
  let last = Promise.resolve();
  port.on('message', (job: PasswordJob) => {
    last = last.then(async () => {
      // The reason may quote what was given, so it stays here.
      const outcome = await compute(job).then(
        (value): PasswordOutcome => ({ value }),
        (): PasswordOutcome => ({ failed: true }),
      );
      port.postMessage(outcome);
    });
  });
}
