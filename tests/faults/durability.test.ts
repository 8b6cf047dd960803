import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ROUTES } from '../../packages/protocol/src/index.ts';
import { MODES, logIn, signUp } from '../../packages/server/tests/refresh/world.ts';
import type { Holder } from '../../packages/server/tests/refresh/world.ts';
import { Agent } from '../../packages/server/tests/support/agent.ts';
import { PASSWORD, startService, testOptions } from '../../packages/server/tests/support/service.ts';
import type { ServiceUnderTest } from '../../packages/server/tests/support/service.ts';
import { ask, startPostgres } from '../../packages/testkit/src/postgres-server.ts';
import type { PrivatePostgres } from '../../packages/testkit/src/postgres-server.ts';
import { createDice } from './support/random.ts';
import { PATIENCE, scale } from './support/scale.ts';

/** So that a statement may take a second only. */
const IMPATIENT = { refreshDeadline: 3, refreshClientTimeout: 3 } as const;

vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE });

let postgres: PrivatePostgres;
let servers: readonly ServiceUnderTest[];
let person: Holder;
const sql = (statement: string): Promise<unknown[]> => ask(postgres.url, statement);

beforeAll(async () => {
  postgres = await startPostgres();
  const { secret } = testOptions();
  let ahead = 0;
  const start = (): Promise<ServiceUnderTest> =>
    startService(postgres, { secret, clockOffset: () => ahead, ...IMPATIENT });
  const started = await Promise.all([start(), start()]);
  servers = started.map((server) => ({ ...server, advance: (milliseconds) => (ahead += milliseconds) }));
  person = await signUp(servers[0]!.url, 'bearer');
}, PATIENCE);

afterAll(async () => {
  for (const server of servers) await server.stop();
  await postgres.stop();
});

describe('where a commit has to reach a second machine that is away', () => {
  afterEach(async () => {
    await sql('alter system reset synchronous_standby_names');
    await sql('select pg_reload_conf()');
  });

  test('no token is handed out, and no logout confirmed, before it has', { timeout: PATIENCE }, async () => {
    const other = await logIn(servers[0]!.url, person);
    servers[0]!.advance(121_000);
    await sql(`alter system set synchronous_standby_names = 'nobody'`);
    await sql('select pg_reload_conf()');
    await sql('select pg_sleep(0.1)');
    const agent = new Agent(servers[0]!.url);
    const answers = await Promise.all([
      person.refresh(person.refreshToken).then(({ answer }) => answer),
      agent.post(ROUTES.login, { email: person.email, password: PASSWORD }),
      agent.post(ROUTES.register, { email: 'late@example.com', password: PASSWORD }),
      other.post(ROUTES.logout, other.refreshToken),
    ]);
    expect(answers.map(({ status, code }) => [status, code])).toEqual(
      Array.from(answers, () => [503, 'database_unavailable']),
    );
    expect(agent.cookies.size).toBe(0);
  });
});

describe('refreshes in groups', () => {
  test(
    'of two servers, crossing, each session several times: all are answered, and none waits in a circle',
    { timeout: PATIENCE },
    async () => {
      const [one, other] = [servers[0]!, servers[1]!];
      const people = await Promise.all(MODES.map((mode) => signUp(one.url, mode)));
      const sessions = await Promise.all(
        Array.from({ length: 40 }, (_, index) => logIn(one.url, people[index % people.length]!)),
      );
      const tokens = new Map(sessions.map((session) => [session, session.refreshToken]));
      const dice = createDice(5);
      for (let round = 0; round < scale(4, 60); round++) {
        one.advance(121_000);
        const order = [...sessions, ...sessions, ...sessions].sort(() => dice() - 0.5);
        const answers = await Promise.all(
          order.map(async (session, index) => {
            const answer = await session.refresh(tokens.get(session)!, index % 2 === 0 ? one.url : other.url);
            return { session, answer };
          }),
        );
        expect(answers.filter(({ answer }) => answer.status !== 200)).toEqual([]);
        for (const { session, answer } of answers)
          tokens.set(session, answer.refreshToken ?? tokens.get(session)!);
      }
      expect(await sql('select deadlocks from pg_stat_database where datname = current_database()')).toEqual([
        { deadlocks: '0' },
      ]);
      const kept = await sql('select count(*) from sessions where ended_at is null');
      expect(Number((kept[0] as { readonly count: string }).count)).toBeGreaterThanOrEqual(sessions.length);
    },
  );
});

describe.each(['40001', '40P01'])('a transaction that the database gives up (%s)', (code) => {
  /** From now on, so many writes to sessions and users fail. A sequence is not rolled back, so that it can count. */
  async function failWrites(times: number): Promise<void> {
    await sql('drop sequence if exists failures cascade');
    await sql('create sequence failures');
    await sql(`
      create or replace function fail() returns trigger language plpgsql as $$ begin
        if nextval('failures') <= ${times} then raise exception 'given up' using errcode = '${code}'; end if;
        return coalesce(new, old);
      end $$`);
    for (const table of ['sessions', 'users']) {
      await sql(
        `create or replace trigger fail before insert or update on ${table} for each row execute function fail()`,
      );
    }
  }
  afterEach(() => sql('drop function if exists fail cascade'));

  const acts = {
    register: (url: string) =>
      new Agent(url).post(ROUTES.register, { email: `retry-${code}@example.com`, password: PASSWORD }),
    login: (url: string) => new Agent(url).post(ROUTES.login, { email: person.email, password: PASSWORD }),
    refresh: async () => (await person.refresh(person.refreshToken)).answer,
    async logout(url: string) {
      const session = await logIn(url, person);
      await failWrites(3);
      return session.post(ROUTES.logout, session.refreshToken, url);
    },
  };

  test.each(Object.entries(acts))('%s: is tried again', async (_name, act) => {
    if (act !== acts.logout) await failWrites(3);
    expect((await act(servers[0]!.url)).status).toBeLessThan(300);
  });

  test('again and again: 503, and nothing has happened', async () => {
    await failWrites(1000);
    for (const act of [acts.login, acts.refresh]) {
      expect(await act(servers[0]!.url)).toMatchObject({ status: 503, code: 'database_unavailable' });
    }
    await sql('drop function fail cascade');
    expect((await acts.refresh()).status).toBe(200);
  });
});
