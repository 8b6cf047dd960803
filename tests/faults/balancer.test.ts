import { afterEach, describe, expect, test } from 'vitest';
import { createClock } from '../../packages/client/tests/support/clock.ts';
import { ROUTES } from '../../packages/protocol/src/index.ts';
import { emptyDatabase } from '../../packages/server/tests/store/databases.ts';
import type { TestDatabase } from '../../packages/server/tests/store/databases.ts';
import { PASSWORD, testOptions } from '../../packages/server/tests/support/service.ts';
import { startBalancer } from './support/balancer.ts';
import type { Balancer } from './support/balancer.ts';
import { openBrowser } from './support/browser.ts';
import type { Browser } from './support/browser.ts';
import { startFleet } from './support/fleet.ts';
import type { Fleet } from './support/fleet.ts';
import { createDice, pick } from './support/random.ts';
import type { Dice } from './support/random.ts';
import { PATIENCE, scale } from './support/scale.ts';

const REFRESHES = scale(400, 20_000);
const HONEST = scale(12, 60);
const STOLEN = scale(3, 20);
/** Rounds between two kills of a server. */
const KILL_EVERY = scale(8, 20);
const EMAIL = 'ada@example.com';

/** What passes between two rounds, in milliseconds: around every limit of the protocol, and far from it. */
const STEPS = [1, 900, 14_000, 29_000, 31_000, 60_000, 119_000, 121_000, 125_000, 150_000, 600_000];

interface World {
  readonly dice: Dice;
  readonly fleet: Fleet;
  readonly balancer: Balancer;
  readonly database: TestDatabase;
  readonly honest: Browser[];
  /** Pairs of a person and a thief. */
  readonly stolen: [Browser, Browser][];
  advance(): Promise<void>;
}

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function createWorld(size: number): Promise<World> {
  const dice = createDice(size);
  const clock = createClock();
  const database = await emptyDatabase('PostgreSQL');
  cleanUps.push(() => database.drop());
  let urls: () => readonly string[] = () => [];
  const balancer = await startBalancer({ dice, now: clock.now, urls: () => urls() });
  cleanUps.push(() => balancer.close());
  const { origin } = balancer;
  const options = { issuer: origin, databaseUrl: database.url, logLevel: 'error' } as const;
  const fleet = await startFleet(size, { ...testOptions(), ...options });
  cleanUps.push(() => fleet.stop());
  urls = () => fleet.urls;
  const body = JSON.stringify({ email: EMAIL, password: PASSWORD });
  const headers = { origin, 'content-type': 'application/json' };
  expect((await fetch(origin + ROUTES.register, { method: 'POST', headers, body })).status).toBe(201);
  const open = async (index: number): Promise<Browser> => {
    const browser = await openBrowser({ origin, clock }, EMAIL, index % 3 > 0);
    cleanUps.push(() => browser.close());
    return browser;
  };
  const honest = await Promise.all(Array.from({ length: HONEST }, (_, index) => open(index)));
  const victims = await Promise.all(Array.from({ length: STOLEN }, (_, index) => open(index)));
  const stolen = victims.map((victim): [Browser, Browser] => {
    const thief = victim.steal();
    cleanUps.push(() => thief.close());
    return [victim, thief];
  });
  const move = async (step: number): Promise<void> => {
    clock.advance(step);
    await fleet.advance(step);
  };
  return {
    ...{ dice, fleet, balancer, database, honest, stolen },
    async advance() {
      const end = clock.now() + pick(STEPS, dice);
      // What is held arrives beside what is new in the next round, or all by itself.
      const stops = dice() < 0.3;
      for (let at = balancer.due; at <= end; at = balancer.due) {
        await move(at - clock.now());
        if (stops) return;
        balancer.deliver();
        await balancer.idle();
      }
      await move(end - clock.now());
    },
  };
}

/** Some tabs of some browsers refresh at once, beside what was held back; a server may be killed meanwhile. */
async function round(
  { dice, fleet, balancer }: World,
  browsers: readonly Browser[],
  kills: boolean,
): Promise<void> {
  balancer.deliver();
  const tabs = browsers.flatMap((browser) => browser.tabs).filter(() => dice() < 0.6);
  const work = tabs.map((tab) => tab.refresh());
  if (kills) await fleet.kill(Math.floor(dice() * fleet.urls.length));
  await Promise.all(work);
  await balancer.idle();
  await fleet.heal();
}

describe.each([2, 3])('%i servers behind a balancer that loses, doubles, delays and reorders', (size) => {
  test(
    'F4, A8, attack 53: nobody is logged out, and every stolen token is found',
    { timeout: PATIENCE },
    async () => {
      const world = await createWorld(size);
      const { balancer, honest, stolen } = world;
      const succeeded = (): number => balancer.answers.get(200) ?? 0;
      const areLiving = (): boolean => stolen.some((pair) => pair.every((one) => !one.isLoggedOut));
      for (let rounds = 1; succeeded() < REFRESHES || areLiving(); rounds++) {
        const thefts = stolen.filter((pair) => pair.every((one) => !one.isLoggedOut)).flat();
        await round(world, [...honest, ...thefts], rounds % KILL_EVERY === 0);
        expect(honest.filter((browser) => browser.isLoggedOut)).toEqual([]);
        if (rounds > REFRESHES) throw new Error('A thief and a victim live on beside each other.');
        await world.advance();
      }
      await expectTruth(world);
      // Everything that could happen to a request did, and the protocol had something to do.
      expect(Math.min(...balancer.fates.values())).toBeGreaterThan(0);
      expect(balancer.fates.size).toBe(7);
      expect([...balancer.answers.keys()].filter((status) => status >= 500 && status !== 503)).toEqual([]);
    },
  );
});

/** What the database says: the stolen sessions have ended as stolen, and no other has ended at all. */
async function expectTruth({ database, honest, stolen }: World): Promise<void> {
  const rows = await database.sql<{ id: string; end_reason: string | null; generation: number }>(
    'select id, end_reason, generation from sessions',
  );
  const ended = rows.filter((row) => row.end_reason !== null);
  expect(ended.map(({ id }) => id).sort()).toEqual(stolen.map(([{ sessionId }]) => sessionId).sort());
  expect(new Set(ended.map((row) => row.end_reason))).toEqual(new Set(['refresh_reuse']));
  expect(rows).toHaveLength(honest.length + stolen.length + 1);
  const promotions = rows.reduce((sum, { generation }) => sum + generation, 0);
  expect(promotions).toBeGreaterThan(REFRESHES / 20);
}
