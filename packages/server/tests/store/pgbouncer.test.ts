import { createDatabase, startPgbouncer } from '@latchstring/testkit';
import type { PrivatePgbouncer, TestDatabase } from '@latchstring/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import { openStore } from '../../src/store/index.ts';
import type { Store } from '../../src/ports/store.ts';
import { Agent } from '../support/agent.ts';
import { PASSWORD, startService, testOptions } from '../support/service.ts';
import { createUser, login } from './databases.ts';

const IGNORED = 'statement_timeout, lock_timeout, idle_in_transaction_session_timeout';

describe.each([
  ['refuses the settings of a connection', {}],
  ['ignores them', { ignore_startup_parameters: IGNORED }],
])('pgbouncer in transaction mode that %s', (_name, settings) => {
  let database: TestDatabase;
  let pooler: PrivatePgbouncer;

  beforeAll(async () => {
    database = await createDatabase();
    pooler = await startPgbouncer(database.url, settings);
  });

  afterAll(async () => {
    await pooler.stop();
    await database.drop();
  });

  test('F4: two servers behind it make the schema, log people in, refresh, rotate keys and end sessions', async () => {
    const { secret } = testOptions();
    const options = { secret, limits: 'on', databaseDirectUrl: database.url } as const;
    const servers = await Promise.all([startService(pooler, options), startService(pooler, options)]);
    const [one, other] = servers;
    const agents = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const agent = new Agent((i % 2 === 0 ? one : other).url);
        await agent.register(`person-${i}@example.com`);
        return agent;
      }),
    );
    for (let generation = 0; generation < 3; generation++) {
      for (const server of servers) server.advance(121_000);
      const answers = await Promise.all(
        agents.flatMap((agent) => [agent.refresh(), agent.clone(other.url).refresh(), agent.session()]),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    }
    const kids = await Promise.all(
      servers.map(async ({ service }) => service.administration.keyRing?.rotate(true)),
    );
    expect(new Set(kids).size).toBe(1);
    for (const [i, agent] of agents.entries()) {
      const elsewhere = agent.clone((i % 2 === 0 ? other : one).url);
      expect((await agent.post(ROUTES.logout)).status).toBe(204);
      expect((await elsewhere.session()).code).toBe('token_revoked');
      await agent.login(`person-${i}@example.com`, PASSWORD);
    }
    for (const server of servers) await server.stop();
  });

  test('F4: past it, the servers hear at once what others have ended, without looking', async () => {
    const open = (): Promise<Store> =>
      openStore({ url: pooler.url, directUrl: database.url, accessTokenLifetime: 900_000 });
    const [one, other] = [await open(), await open()];
    const heard = vi.fn();
    other.watchRevocations(heard);
    const user = await createUser(one);
    // Listening has begun when its first word has come.
    await vi.waitFor(async () => {
      const { session } = await login(one, user);
      await one.endSession(session.id, 'logout', { kind: 'logout', sessionId: session.id });
      expect(heard).toHaveBeenCalled();
    });
    await one.close();
    await other.close();
  });
});
