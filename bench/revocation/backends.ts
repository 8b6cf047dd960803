/**
 * A process with backends of the bench, each a verifier with a feed of its own: `backends.ts ISSUER COUNT`. They check requests of
 * people who are logged in all the time, and are asked how soon they refuse one who is not any more.
 */
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout } from 'node:timers/promises';
import { createVerifier, VerificationError, type Verifier } from '@latchstring/verifier';
import { serveParent } from '../lib/child.ts';
import { moment } from '../lib/moment.ts';

/** What the backends have done. */
export interface Counts {
  readonly requests: number;
  /** HTTP requests that this process has made meanwhile, whoever made them. */
  readonly calls: number;
  /** Requests that passed while a feed was late. */
  readonly late: number;
  readonly reconnects: number;
}

const [issuer = '', count = ''] = process.argv.slice(2);
const verifiers = Array.from({ length: Number(count) }, () => createVerifier({ issuer, audience: issuer }));

/** So many verifiers check a request of somebody who is logged in every millisecond, by turns. */
const REQUESTS_A_TICK = 5;

let calls = 0;
// What node:http and fetch tell of every request that they send.
for (const channel of ['http.client.request.start', 'undici:request:create']) {
  subscribe(channel, () => {
    calls++;
  });
}

let requests = 0;
/** The token whose end is waited for, and which verifiers still take it. */
let watched = '';
let accepting: readonly Verifier[] = [];
let refusedAt: number[] = [];
let whenRefused: (moments: readonly number[]) => void = () => undefined;

function admit(verifier: Verifier, token: string): void {
  const facts = {
    method: 'GET',
    header: (name: string) => (name === 'authorization' ? `Bearer ${token}` : undefined),
  };
  if (verifier.verifyRequest(facts) instanceof Promise)
    throw new Error('A backend had to wait for something.');
  requests++;
}

function isRefused(verifier: Verifier, token: string): boolean {
  try {
    admit(verifier, token);
    return false;
  } catch (error) {
    if (error instanceof VerificationError && error.code === 'token_revoked') return true;
    throw error;
  }
}

/** Requests of people who are logged in, and one to each verifier that still takes the person who is about to be logged out. */
function tick(live: readonly string[]): void {
  for (let at = 0; at < REQUESTS_A_TICK; at++) {
    const verifier = verifiers[requests % verifiers.length];
    if (verifier !== undefined) admit(verifier, live[requests % live.length] ?? '');
  }
  const before = accepting.length;
  accepting = accepting.filter((verifier) => {
    if (!isRefused(verifier, watched)) return true;
    refusedAt.push(moment());
    return false;
  });
  if (before > 0 && accepting.length === 0) whenRefused(refusedAt);
}

async function begin(live: readonly string[]): Promise<void> {
  for (const verifier of verifiers) await verifier.verifyToken(live[0] ?? '');
  while (!verifiers.every(({ revocations }) => revocations.status.state === 'fresh')) await setTimeout(10);
  // The streams follow on the snapshots.
  await setTimeout(1000);
  calls = 0;
  requests = 0;
  setInterval(tick, 1, live);
}

/** From now on a token is looked at; it must be good still. */
function watch(token: string): void {
  for (const verifier of verifiers) admit(verifier, token);
  watched = token;
  refusedAt = [];
  accepting = verifiers;
}

/** The moments at which the verifiers first refused the token, when all of them have. */
function refusals(): Promise<readonly number[]> {
  if (accepting.length === 0) return Promise.resolve(refusedAt);
  return new Promise((resolve) => (whenRefused = resolve));
}

function counts(): Counts {
  const statuses = verifiers.map(({ revocations }) => revocations.status);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    requests,
    calls,
    late: sum(statuses.map(({ acceptedLate }) => acceptedLate)),
    reconnects: sum(statuses.map(({ reconnects }) => reconnects)),
  };
}

serveParent({}, { begin, watch, refusals, counts });
