import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startRedis } from '@latchstring/testkit';
import type { PrivateRedis } from '@latchstring/testkit';
import { ROUTES } from '@latchstring/protocol';
import { openRedis } from '../../src/redis/index.ts';
import type { RedisServices } from '../../src/redis/index.ts';
import { Agent } from '../support/agent.ts';
import { createSqliteFile, startService, testOptions } from '../support/service.ts';
import type { Store } from '../../src/ports/store.ts';
import { createUser, login, openTestStore } from '../store/databases.ts';
import type { TestStore } from '../store/databases.ts';
import { readEvents } from './events.ts';

describe('the news of a revocation by Redis', () => {
  let redis: PrivateRedis;
  let under: TestStore;
  const opened: RedisServices[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    under = await openTestStore('SQLite');
  });

  afterAll(async () => {
    await under.drop();
    await Promise.all(opened.map((one) => one.close()));
    await redis.stop();
  });

  async function server(issuer: string): Promise<Store> {
    const services = await openRedis(redis.url, issuer, () => undefined);
    opened.push(services);
    return under.another({ channel: services.channel });
  }

  /** Ends a session at a server. */
  async function end(store: Store): Promise<void> {
    const { session } = await login(store, await createUser(store));
    await store.endSession(session.id, 'logout', { kind: 'logout', sessionId: session.id });
  }

  test('F4: reaches the other servers of the issuer, which SQLite tells nothing, and no others', async () => {
    const [one, other, stranger] = await Promise.all(['a', 'a', 'b'].map(server));
    if (one === undefined || other === undefined || stranger === undefined) throw new Error('None is there.');
    const [heard, overheard] = [vi.fn(), vi.fn()];
    stranger.watchRevocations(overheard);
    other.watchRevocations(heard);
    // The subscriptions have begun when their first word has come.
    await vi.waitFor(async () => {
      await end(one);
      expect(heard).toHaveBeenCalled();
    });
    const before = overheard.mock.calls.length;
    await end(one);
    await end(one);
    await expect.poll(() => heard.mock.calls.length).toBeGreaterThan(2);
    expect(overheard.mock.calls.length).toBe(before);
  });

  test('F4: comes through again after Redis was gone, and who was cut off looks by itself', async () => {
    const [one, other] = await Promise.all(['c', 'c'].map(server));
    if (one === undefined || other === undefined) throw new Error('None is there.');
    const heard = vi.fn();
    other.watchRevocations(heard);
    await vi.waitFor(async () => {
      await end(one);
      expect(heard).toHaveBeenCalled();
    });
    await redis.crash();
    await end(one);
    heard.mockClear();
    await redis.start();
    // Nobody has published anything: it is the new connection that may have missed something.
    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { timeout: 10_000 });
    await vi.waitFor(async () => {
      heard.mockClear();
      await end(one);
      await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { timeout: 200 });
    });
  });
});

test('F4, A10: no revocation is lost while Redis is gone: it is late by one reading of the log', async () => {
  const redis = await startRedis();
  const database = await createSqliteFile();
  const { secret } = testOptions();
  const options = { secret, redisUrl: redis.url };
  const [one, other] = [await startService(database, options), await startService(database, options)];
  const agent = new Agent(one.url);
  const { session } = await agent.register('ada@example.com');
  const events = readEvents(`${other.url}${ROUTES.revocations}`);
  await events.next();
  await redis.crash();
  expect((await agent.post(ROUTES.logout)).status).toBe(204);
  const { entries } = await events.find((event) => event.snapshot !== true && event.entries.length > 0);
  expect(entries).toEqual([{ kind: 'session', id: session.id }]);
  await events.close();
  await one.stop();
  await other.stop();
  await database.drop();
  await redis.stop();
});
