import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRedis } from '@latchstring/testkit';
import type { PrivateRedis } from '@latchstring/testkit';
import { ROUTES } from '@latchstring/protocol';
import { Agent } from '../support/agent.ts';
import { DATABASES, PASSWORD, createSqliteFile, startService, testOptions } from '../support/service.ts';
import type { DatabaseUnderTest, ServiceUnderTest } from '../support/service.ts';
import type { LatchstringOptions } from '../../src/config/options.ts';

const WRONG = 'not the password of anyone here';
const PROXY = { trustedProxies: ['127.0.0.1'] };

/** Logs in from an address, as a proxy would hand it on. */
async function logIn(
  url: string,
  email: string,
  password: string,
  address = '192.0.2.1',
): Promise<string | number> {
  const answer = await new Agent(url).post(ROUTES.login, { email, password }, { 'x-forwarded-for': address });
  return answer.code ?? answer.status;
}

/** Two servers with limits on one database. */
async function startTwo(
  database: Pick<DatabaseUnderTest, 'url'>,
  overrides: Partial<LatchstringOptions> = {},
): Promise<[ServiceUnderTest, ServiceUnderTest]> {
  const { secret } = testOptions();
  const options = { secret, limits: 'on', ...PROXY, ...overrides } as const;
  return [await startService(database, options), await startService(database, options)];
}

describe.each(DATABASES)('two servers on one %s', (_name, create) => {
  let database: DatabaseUnderTest;
  let one: ServiceUnderTest;
  let other: ServiceUnderTest;

  beforeAll(async () => {
    database = await create();
    [one, other] = await startTwo(database);
  });

  afterAll(async () => {
    await one.stop();
    await other.stop();
    await database.drop();
  });

  test('F1, attack 92: look at ten guesses between them, however many come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => logIn((i % 2 === 0 ? one : other).url, 'ada@example.com', WRONG)),
    );
    expect(answers.filter((code) => code === 'credentials_invalid')).toHaveLength(10);
    expect(answers.filter((code) => code === 'rate_limited')).toHaveLength(20);
  });

  test('F1: a right password takes nothing away, at whichever server', async () => {
    await new Agent(one.url).register('grace@example.com');
    for (let i = 0; i < 12; i++) {
      expect(await logIn((i % 2 === 0 ? one : other).url, 'grace@example.com', PASSWORD)).toBe(200);
    }
  });

  test('F1, attack 85: count one address together, IPv6 by its /64, and others apart', async () => {
    const body = { email: 'nobody', password: 'x' };
    const register = async (server: ServiceUnderTest, address: string): Promise<string | number> => {
      const headers = { 'x-forwarded-for': address };
      const answer = await new Agent(server.url).post(
        ROUTES.register,
        { ...body, email: 'new@example.com', password: 'short' },
        headers,
      );
      return answer.code ?? answer.status;
    };
    for (let i = 0; i < 30; i++) {
      expect(await register(i % 2 === 0 ? one : other, `2001:db8::${i + 1}`)).toBe('password_too_weak');
    }
    expect(await register(one, '2001:db8::ffff')).toBe('rate_limited');
    expect(await register(other, '2001:db8:0:0:1::')).toBe('rate_limited');
    expect(await register(other, '2001:db8:0:1::1')).toBe('password_too_weak');
  });

  test('a window that is over is forgotten, and its row goes', async () => {
    const { store } = one.service.administration;
    for (let i = 0; i < 11; i++) await logIn(one.url, 'late@example.com', WRONG, '192.0.2.9');
    expect(await logIn(other.url, 'late@example.com', WRONG, '192.0.2.9')).toBe('rate_limited');
    one.advance(3_600_000);
    other.advance(3_600_000);
    expect(await store.prune()).toBeGreaterThan(0);
    expect(await store.prune()).toBe(0);
  });
});

describe('two servers with one Redis', () => {
  const log: string[] = [];
  const PASSWORD_OF_REDIS = 'canary/of#redis';
  let redis: PrivateRedis;
  let database: DatabaseUnderTest;
  let one: ServiceUnderTest;
  let other: ServiceUnderTest;

  beforeAll(async () => {
    redis = await startRedis(PASSWORD_OF_REDIS);
    database = await createSqliteFile();
    const logTo = { write: (line: string) => log.push(line) };
    [one, other] = await startTwo(database, { redisUrl: redis.url, logTo, logLevel: 'info' });
  });

  afterAll(async () => {
    await one.stop();
    await other.stop();
    await database.drop();
    await redis.stop();
  });

  const warnings = (): number => log.filter((line) => line.includes('by this process alone')).length;
  const recoveries = (): number => log.filter((line) => line.includes('for all servers again')).length;

  /** Guesses in turns at both servers, until all are refused. Answers how many were looked at. */
  async function guess(email: string): Promise<number> {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        logIn((i % 2 === 0 ? one : other).url, email, WRONG, `192.0.2.${i}`),
      ),
    );
    expect(new Set(answers)).toEqual(new Set(['credentials_invalid', 'rate_limited']));
    return answers.filter((code) => code === 'credentials_invalid').length;
  }

  test('F1, attack 92: look at ten guesses between them', async () => {
    expect(await guess('ada@example.com')).toBe(10);
    expect(warnings()).toBe(0);
  });

  test('F4: while it is gone each counts for itself; nobody is refused for it; it comes back by itself', async () => {
    const agent = new Agent(one.url);
    await agent.register('grace@example.com');
    await redis.crash();
    expect(await logIn(one.url, 'grace@example.com', PASSWORD)).toBe(200);
    expect(await logIn(other.url, 'grace@example.com', PASSWORD)).toBe(200);
    expect((await agent.session()).status).toBe(200);
    expect(await guess('joan@example.com')).toBe(20);
    // Each server says so once.
    expect(warnings()).toBe(2);
    expect(recoveries()).toBe(0);
    await redis.start();
    await expect.poll(recoveries, { timeout: 10_000 }).toBe(2);
    // A server that has just missed it leaves it alone for a second.
    let people = 0;
    await expect.poll(() => guess(`hedy-${people++}@example.com`), { timeout: 20_000 }).toBe(10);
    expect(warnings()).toBe(2);
  });

  test('F4: one that does not answer holds nobody up for long', async () => {
    redis.freeze();
    const before = performance.now();
    expect(await logIn(one.url, 'grace@example.com', PASSWORD)).toBe(200);
    expect(performance.now() - before).toBeLessThan(5000);
    redis.thaw();
  });

  test('attack 103: its password and the emails are neither logged nor named there', async () => {
    expect(log.join('')).not.toContain('canary');
    expect(log.join('')).not.toContain(encodeURIComponent(PASSWORD_OF_REDIS));
    expect(log.length).toBeGreaterThan(0);
    const { Redis } = await import('ioredis');
    const reader = new Redis(redis.url);
    const names = (await reader.keys('*')).join('\n');
    reader.disconnect();
    expect(names).toContain('latchstring:http://localhost:4000:attempts:login_account:');
    expect(names).not.toMatch(/example\.com|192\.0\.2/);
  });
});

test('F4: a server starts without its Redis, says so once, and uses it when it is there', async () => {
  const redis = await startRedis();
  await redis.crash();
  const database = await createSqliteFile();
  const log: string[] = [];
  const server = await startService(database, {
    ...{ limits: 'on', redisUrl: redis.url, logLevel: 'info' },
    logTo: { write: (line: string) => log.push(line) },
  });
  await new Agent(server.url).register('ada@example.com');
  expect(await logIn(server.url, 'ada@example.com', PASSWORD)).toBe(200);
  expect(log.filter((line) => line.includes('ECONNREFUSED'))).toHaveLength(1);
  await redis.start();
  await expect.poll(() => log.join(''), { timeout: 10_000 }).toContain('for all servers again');
  expect(await logIn(server.url, 'ada@example.com', PASSWORD)).toBe(200);
  await server.stop();
  await database.drop();
  await redis.stop();
});
