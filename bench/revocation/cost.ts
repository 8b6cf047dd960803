import { setTimeout } from 'node:timers/promises';
import { createVerifier, staticKeys, type Fetch, type Verifier } from '@latchstring/verifier';
import { measureSync, memoryInUse } from '../lib/cpu.ts';
import { addedCost, measureInterleaved, type Size, type Variant } from '../lib/statistics.ts';
import { createIssuer, type Issuer } from '../lib/tokens.ts';
import { createFeed } from './feed.ts';

/** What following the feed costs a backend. */
export interface FeedCost {
  readonly entries: number;
  /** MiB of memory that the entries take in one verifier, inside the heap and outside. */
  readonly memory: number;
  /** Microseconds of CPU that the check adds to a request whose token was seen before, by how many people take turns. */
  readonly checks: ReadonlyMap<number, number>;
}

/** With so many people in turn. What many need is no longer in the processor's caches when it is needed again. */
export const PEOPLE = [50, 1000] as const;

/** Measures with a feed that needs no network. */
export async function measureCost(entries: number, size: Size): Promise<FeedCost> {
  const issuer = createIssuer();
  const feed = createFeed(issuer, entries);
  const token = issuer.issue();
  // Whatever is loaded once for all verifiers.
  await (await follow(issuer, createFeed(issuer, 1), token)).close();
  const before = memoryInUse();
  const following = await follow(issuer, feed, token);
  const memory = memoryInUse() - before;
  const bare = createBackend(issuer, undefined);
  const checks = new Map<number, number>();
  for (const people of PEOPLE) {
    const tokens = Array.from({ length: people }, () => issuer.issue());
    const costs = await measureInterleaved(
      [seen('with', following, tokens), seen('without', bare, tokens)],
      size,
    );
    checks.set(people, addedCost(costs, 'with', 'without'));
  }
  const held = following.revocations.status.entries;
  await following.close();
  return { entries: held, memory: memory / 2 ** 20, checks };
}

function createBackend({ issuer, audience, jwk }: Issuer, feed: Fetch | undefined): Verifier {
  const revocations = feed === undefined ? 'none' : { fetch: feed };
  return createVerifier({ issuer, audience, keys: staticKeys({ keys: [jwk] }), revocations });
}

/** A verifier that has its snapshot, and whose stream has begun. */
async function follow(issuer: Issuer, feed: Fetch, token: string): Promise<Verifier> {
  const verifier = createBackend(issuer, feed);
  await verifier.verifyToken(token);
  await setTimeout(100);
  return verifier;
}

function seen(name: string, verifier: Verifier, tokens: readonly string[]): Variant {
  return {
    name,
    measure: async (operations) => {
      // The heartbeats that have come meanwhile are read.
      await setTimeout(1);
      const given = Array.from({ length: operations }, (_, at) => tokens[at % tokens.length] ?? '');
      return measureSync(given, (token) => verifier.verifyToken(token));
    },
  };
}
