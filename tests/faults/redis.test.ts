import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../packages/protocol/src/index.ts';
import type { RevocationEntry } from '../../packages/protocol/src/index.ts';
import { readEvents } from '../../packages/server/tests/feed/events.ts';
import { emptyDatabase } from '../../packages/server/tests/store/databases.ts';
import type { TestDatabase } from '../../packages/server/tests/store/databases.ts';
import { startService, testOptions } from '../../packages/server/tests/support/service.ts';
import type { ServiceUnderTest } from '../../packages/server/tests/support/service.ts';
import { startRedis } from '../../packages/testkit/src/redis.ts';
import type { PrivateRedis } from '../../packages/testkit/src/redis.ts';
import { begin, checkAll, createLedger, total, use } from './support/ledger.ts';
import { createDice } from './support/random.ts';
import { PATIENCE, scale } from './support/scale.ts';

// Few, for the limits are on: without them nothing asks Redis.
const CLIENTS = 3;
/** What an answer may take while Redis is away. Milliseconds. */
const AT_MOST = 5000;

let redis: PrivateRedis;
let database: TestDatabase;
let servers: readonly [ServiceUnderTest, ServiceUnderTest];
const dice = createDice(11);
const anyUrl = (): string => servers[dice() < 0.5 ? 0 : 1].url;

beforeAll(async () => {
  redis = await startRedis();
  database = await emptyDatabase('PostgreSQL');
  const options = { ...testOptions(), limits: 'on', redisUrl: redis.url } as const;
  servers = [await startService(database, options), await startService(database, options)];
}, PATIENCE);

afterAll(async () => {
  for (const server of servers) await server.stop();
  await database.drop();
  await redis.stop();
});

const FAULTS: Readonly<Record<string, readonly [goes: () => unknown, comes: () => unknown]>> = {
  'is killed': [() => redis.crash(), () => redis.start()],
  'answers nothing': [() => redis.freeze(), () => redis.thaw()],
};

describe.each(Object.entries(FAULTS))('a Redis that %s', (_how, [goes, comes]) => {
  test(
    'under load: no request fails for it, nobody is logged out, nothing is lost',
    { timeout: PATIENCE },
    async () => {
      for (let round = 0; round < scale(1, 3); round++) {
        const ledgers = Array.from({ length: CLIENTS }, createLedger);
        await Promise.all(ledgers.map((ledger) => begin(ledger, anyUrl(), dice)));
        let isOver = false;
        const work = Promise.all(ledgers.map((ledger) => use(ledger, anyUrl, dice, () => isOver)));
        const logins = total(ledgers, 'logins');
        await goes();
        while (total(ledgers, 'logins') < logins + 3) await new Promise(setImmediate);
        await comes();
        isOver = true;
        await work;
        await checkAll(ledgers, anyUrl, dice, 1);
        expect(ledgers.flatMap(({ violations }) => violations)).toEqual([]);
        expect(total(ledgers, 'away')).toBe(0);
        expect(Math.max(...ledgers.map(({ slowest }) => slowest))).toBeLessThan(AT_MOST);
      }
    },
  );

  test('F4: what one server ends meanwhile, the other hears of', { timeout: PATIENCE }, async () => {
    const ledger = createLedger();
    await ledger.register(servers[0].url, 'bearer');
    const { holder } = ledger.entries[0]!;
    const events = readEvents(`${servers[1].url}${ROUTES.revocations}`);
    await events.next();
    await goes();
    expect((await holder.post(ROUTES.logout, holder.refreshToken)).status).toBe(204);
    const isEnd = (entry: RevocationEntry): boolean =>
      entry.kind === 'session' && entry.id === holder.sessionId;
    await events.find(({ entries }) => entries.some(isEnd));
    await events.close();
    await comes();
  });
});
