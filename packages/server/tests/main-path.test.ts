import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES, deviceCookieName } from '@latchstring/protocol';
import type { SessionAnswer } from '@latchstring/protocol';
import { Agent } from './support/agent.ts';
import { DATABASES, ISSUER, startService } from './support/service.ts';
import type { DatabaseUnderTest, ServiceUnderTest } from './support/service.ts';

describe.each(DATABASES)('the main path on %s', (_name, createDatabase) => {
  let database: DatabaseUnderTest;
  let under: ServiceUnderTest;

  beforeAll(async () => {
    database = await createDatabase();
    under = await startService(database);
  });

  afterAll(async () => {
    await under.stop();
    await database.drop();
  });

  test('A1, E2: sign up, log in, stay logged in, log out, and be refused', async () => {
    const agent = new Agent(under.url);
    const { user } = await agent.register('ada@example.com');
    expect(user).toMatchObject({ email: 'ada@example.com', roles: [] });
    await agent.login('ada@example.com');

    const session = await agent.session();
    expect(session.json<SessionAnswer>().user.id).toBe(user.id);
    under.advance(121_000);
    const first = agent.refreshToken;
    expect((await agent.refresh()).json()).toMatchObject({ rotated: true });
    expect(agent.refreshToken).not.toBe(first);

    const copy = agent.clone();
    expect((await agent.post(ROUTES.logout)).status).toBe(204);
    // What is left lets this browser past a lock of the account, and opens nothing.
    expect([...agent.cookies.keys()]).toEqual([deviceCookieName({ issuer: ISSUER })]);
    expect((await copy.session()).code).toBe('token_revoked');
    expect((await copy.refresh()).code).toBe('session_ended');
  });
});
