import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '@latchstring/testkit';
import { ROUTES } from '@latchstring/protocol';
import { Agent } from '../support/agent.ts';
import { startService, testOptions } from '../support/service.ts';
import type { DatabaseUnderTest, ServiceUnderTest } from '../support/service.ts';
import { readEvents } from './events.ts';

describe('two servers on one PostgreSQL', () => {
  let database: DatabaseUnderTest;
  let one: ServiceUnderTest;
  let other: ServiceUnderTest;

  beforeAll(async () => {
    database = await createDatabase();
    const { secret } = testOptions();
    one = await startService(database, { secret });
    other = await startService(database, { secret });
  });

  afterAll(async () => {
    await one.stop();
    await other.stop();
    await database.drop();
  });

  test('F4, A10: what one ends, the other tells its readers', async () => {
    const agent = new Agent(one.url);
    const { session } = await agent.register('ada@example.com');
    const events = readEvents(`${other.url}${ROUTES.revocations}`);
    expect((await events.next()).snapshot).toBe(true);
    await agent.post(ROUTES.logout);
    const { entries } = await events.find((event) => event.snapshot !== true && event.entries.length > 0);
    expect(entries).toEqual([{ kind: 'session', id: session.id }]);
    await events.close();
  });

  test('F4: a session goes on at either server', async () => {
    const agent = new Agent(one.url);
    await agent.register('grace@example.com');
    const elsewhere = agent.clone(other.url);
    one.advance(121_000);
    other.advance(121_000);
    expect((await elsewhere.refresh()).json()).toMatchObject({ rotated: true });
    expect((await elsewhere.session()).status).toBe(200);
  });
});
