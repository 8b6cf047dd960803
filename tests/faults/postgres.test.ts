import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../packages/protocol/src/index.ts';
import { signUp } from '../../packages/server/tests/refresh/world.ts';
import type { Holder } from '../../packages/server/tests/refresh/world.ts';
import { Agent } from '../../packages/server/tests/support/agent.ts';
import { PASSWORD, startService, testOptions } from '../../packages/server/tests/support/service.ts';
import type { ServiceUnderTest } from '../../packages/server/tests/support/service.ts';
import { ask, startPostgres } from '../../packages/testkit/src/postgres-server.ts';
import type { PrivatePostgres } from '../../packages/testkit/src/postgres-server.ts';
import { begin, checkAll, createLedger, total, use } from './support/ledger.ts';
import type { Ledger } from './support/ledger.ts';
import { createScene } from './support/follower.ts';
import { createDice } from './support/random.ts';
import { PATIENCE, scale } from './support/scale.ts';
import { startTcpProxy, throughProxy } from './support/tcp-proxy.ts';
import type { TcpProxy } from './support/tcp-proxy.ts';

const CLIENTS = 6;
/** What an answer may take while the database is away: what the client of docs/protocol.md waits for. Milliseconds. */
const CLIENT_TIMEOUT = 15_000;

let postgres: PrivatePostgres;
let proxy: TcpProxy;
let servers: readonly ServiceUnderTest[];
const { secret } = testOptions();
const dice = createDice(7);

beforeAll(async () => {
  postgres = await startPostgres();
  proxy = await startTcpProxy(Number(new URL(postgres.url).port));
  let ahead = 0;
  const start = (): Promise<ServiceUnderTest> =>
    startService({ url: throughProxy(postgres.url, proxy) }, { secret, clockOffset: () => ahead });
  const [one, other] = await Promise.all([start(), start()]);
  const advance = (milliseconds: number): number => (ahead += milliseconds);
  servers = [one, other].map((server) => ({ ...server, advance }));
}, PATIENCE);

afterAll(async () => {
  for (const server of servers) await server.stop();
  await proxy.close();
  await postgres.stop();
});

const anyUrl = (): string => servers[Math.floor(dice() * servers.length)]!.url;

/** What every route says that needs the database: its code, and whether it says when to come again. */
async function refusals(person: Holder, url = anyUrl()): Promise<unknown[]> {
  const agent = new Agent(url);
  const answers = await Promise.all([
    person.refresh(person.refreshToken).then(({ answer }) => answer),
    person.session(person.accessToken),
    person.post(ROUTES.logout, person.refreshToken),
    agent.post(ROUTES.login, { email: person.email, password: PASSWORD, mode: person.mode }),
    agent.post(ROUTES.register, { email: 'new@example.com', password: PASSWORD, mode: person.mode }),
    agent.send(ROUTES.ready),
  ]);
  return answers.map(({ status, code, headers }) => [status, code, Number(headers.get('retry-after')) > 0]);
}

const AWAY = Array.from({ length: 6 }, () => [503, 'database_unavailable', true]);

/** Lets people be busy while something happens to the database, and holds what they were told against it afterwards. */
async function underLoad(happens: (ledgers: readonly Ledger[]) => Promise<void>): Promise<readonly Ledger[]> {
  const ledgers = Array.from({ length: CLIENTS }, createLedger);
  await Promise.all(ledgers.map((ledger) => begin(ledger, anyUrl(), dice)));
  let isOver = false;
  const work = ledgers.map((ledger) => use(ledger, anyUrl, dice, () => isOver));
  try {
    await happens(ledgers);
  } finally {
    isOver = true;
    await Promise.all(work);
  }
  await ready();
  await checkAll(ledgers, anyUrl, dice, 1);
  expect(ledgers.flatMap(({ violations }) => violations)).toEqual([]);
  expect(Math.max(...ledgers.map(({ slowest }) => slowest))).toBeLessThan(CLIENT_TIMEOUT);
  // Nobody was logged out but by themselves.
  const ends = await ask(
    postgres.url,
    `select end_reason from sessions where ended_at is not null group by 1`,
  );
  expect(ends).toEqual([{ end_reason: 'logout' }]);
  return ledgers;
}

/** Waits until every server says that it can serve, by itself. */
async function ready(): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (const { url } of servers) {
    while ((await fetch(url + ROUTES.ready)).status !== 200) {
      if (performance.now() > deadline) throw new Error('It did not come back by itself.');
    }
  }
}

async function refreshed(ledgers: readonly Ledger[], more: number): Promise<void> {
  const enough = total(ledgers, 'refreshes') + more;
  while (total(ledgers, 'refreshes') < enough) await setTimeout(5);
}

describe('a PostgreSQL that goes away', { timeout: PATIENCE }, () => {
  test.each(['SIGQUIT', 'SIGKILL'] as const)(
    'and comes back (%s): 503 meanwhile, nothing lost, nobody logged out, no server restarted',
    async (signal) => {
      const ledgers = await underLoad(async (busy) => {
        for (let crash = 0; crash < scale(1, 15); crash++) {
          await refreshed(busy, 50 + dice() * 200);
          servers[0]!.advance(121_000);
          const person = await signUp(anyUrl(), 'bearer');
          await postgres.crash(signal);
          try {
            expect(await refusals(person)).toEqual(AWAY);
            expect((await fetch(anyUrl() + ROUTES.health)).status).toBe(200);
            expect((await fetch(anyUrl() + ROUTES.jwks)).status).toBe(200);
          } finally {
            await postgres.start();
          }
          await ready();
        }
      });
      expect(total(ledgers, 'away')).toBeGreaterThan(0);
      expect(total(ledgers, 'rotations')).toBeGreaterThan(0);
    },
  );

  test('connections that the database cuts: each costs a 503 at most', async () => {
    await underLoad(async (busy) => {
      for (let round = 0; round < scale(20, 400); round++) {
        await refreshed(busy, 10 * dice());
        if (round % 10 === 0) servers[0]!.advance(121_000);
        await ask(
          postgres.url,
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'latchstring%' and random() < 0.5`,
        );
      }
    });
  });

  test('connections that the network cuts, before a commit or after it', async () => {
    await underLoad(async (busy) => {
      for (let round = 0; round < scale(20, 400); round++) {
        await refreshed(busy, 10 * dice());
        if (round % 10 === 0) servers[0]!.advance(121_000);
        // What is asked for goes on to the database, and its answer does not come back.
        if (round % 2 === 0) proxy.set('deaf');
        await setTimeout(10 * dice());
        proxy.cut();
        proxy.set('open');
      }
    });
  });
});

describe('an answer that was lost on its way from the database', { timeout: PATIENCE }, () => {
  test('is not given by the server either, and what was committed stands', async () => {
    const person = await signUp(servers[0]!.url, 'bearer');
    servers[0]!.advance(121_000);
    const token = await person.rotate(person.refreshToken);
    servers[0]!.advance(121_000);
    proxy.set('deaf');
    let isAnswered = false;
    const refreshing = person.refresh(token).finally(() => (isAnswered = true));
    await committed(`generation = 1 and promoted_at is not null and id = '${person.sessionId}'`);
    expect(isAnswered).toBe(false);
    proxy.cut();
    proxy.set('open');
    expect(await refreshing).toMatchObject({ status: 503, code: 'database_unavailable' });
    await ready();
    expect(await person.refresh(token)).toMatchObject({ status: 200 });

    proxy.set('deaf');
    const leaving = person.post(ROUTES.logout, token);
    await setTimeout(200);
    proxy.cut();
    proxy.set('open');
    expect(await leaving).toMatchObject({ status: 503, code: 'database_unavailable' });
    await ready();
    expect((await person.post(ROUTES.logout, token)).status).toBe(204);
    expect(await person.refresh(token)).toMatchObject({ code: 'session_ended' });
  });
});

// The limits are counted in the database as well, and are asked for first.
const LIMITS = (['on', 'off'] as const).slice(0, scale(1, 2));

describe.each(LIMITS)('a network that swallows everything, with limits %s', (limits) => {
  test(
    'the wait is bounded, and what was held back does no harm when it arrives',
    { timeout: PATIENCE },
    async () => {
      const server = await startService({ url: throughProxy(postgres.url, proxy) }, { secret, limits });
      try {
        const person = await signUp(server.url, 'bearer');
        proxy.set('silent');
        const start = performance.now();
        expect(await refusals(person, server.url)).toEqual(AWAY);
        expect(performance.now() - start).toBeLessThan(CLIENT_TIMEOUT);
        proxy.set('open');
        await ready();
        expect(await person.refresh(person.refreshToken)).toMatchObject({ status: 200 });
      } finally {
        proxy.set('open');
        await server.stop();
      }
    },
  );
});

describe('backends that follow a server whose database is away', { timeout: PATIENCE }, () => {
  test('close by policy, with 503 and never 401, and open again by themselves', async () => {
    const scene = await createScene({ url: throughProxy(postgres.url, proxy) }, { secret });
    try {
      const person = await scene.person();
      expect(await scene.judge(person)).toBe('accept');
      proxy.set('refuse');
      proxy.cut();
      scene.advance(40);
      expect(await scene.refusal(person)).toMatchObject({ code: 'revocations_stale', status: 503 });
      expect(await scene.judge(person, 'open')).toBe('accept');
      proxy.set('open');
      await scene.until(async () => (await scene.judge(person)) === 'accept');
      await scene.end(person);
      await scene.until(async () => (await scene.judge(person)) === 'token_revoked');
    } finally {
      await scene.stop();
    }
  });
});

async function committed(condition: string): Promise<void> {
  for (;;) {
    const rows = await ask(postgres.url, `select 1 from sessions where ${condition}`);
    if (rows.length > 0) return;
  }
}
