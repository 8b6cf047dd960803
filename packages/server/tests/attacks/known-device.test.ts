import { describe, expect, test } from 'vitest';
import { ROUTES, deviceCookieName } from '@latchstring/protocol';
import { systemRandom } from '../../src/crypto/random.ts';
import { createSecrets } from '../../src/crypto/secrets.ts';
import { createAccounts } from '../../src/domain/accounts.ts';
import { ServiceError } from '../../src/domain/errors.ts';
import { createLimiter } from '../../src/limits/limiter.ts';
import { createMemoryCounter } from '../../src/limits/memory-counter.ts';
import type { Agent, Answer } from '../support/agent.ts';
import { useService } from '../support/fixture.ts';
import { APP_ORIGIN, ISSUER, PASSWORD } from '../support/service.ts';

const WRONG = 'not the password of anyone here';
const NAME = deviceCookieName({ issuer: ISSUER });
const limited = useService({ limits: 'on', trustedProxies: ['127.0.0.1'] });
let people = 0;

/** A browser that the person has logged in from. */
async function knownBrowser(email: string): Promise<Agent> {
  const agent = limited.agent();
  await agent.register(email);
  await agent.login(email);
  await agent.post(ROUTES.logout);
  return agent;
}

/** From an address of its own each time, so that the limit of addresses plays no part. */
function logIn(agent: Agent, email: string, password: string): Promise<Answer> {
  const address = `198.51.${(people >> 8) & 255}.${people++ & 255}`;
  return agent.post(ROUTES.login, { email, password }, { 'x-forwarded-for': address });
}

/** Somebody who knows no more than the email, from anywhere. */
async function lockOut(email: string): Promise<void> {
  for (let i = 0; i < 11; i++) await logIn(limited.agent(), email, WRONG);
  expect((await logIn(limited.agent(), email, PASSWORD)).code).toBe('rate_limited');
}

describe('attack 91: somebody else guesses until the account is locked', () => {
  test('a browser that the person has logged in from still gets in, and others do not', async () => {
    const email = limited.email();
    const known = await knownBrowser(email);
    await lockOut(email);
    expect((await logIn(known, email, PASSWORD)).status).toBe(200);
    expect((await logIn(limited.agent(), email, PASSWORD)).code).toBe('rate_limited');
  });

  test('the known browser has a counter of its own, which locks it and nobody else', async () => {
    const email = limited.email();
    const [known, other] = [await knownBrowser(email), limited.agent()];
    await other.login(email);
    const answers = [];
    for (let i = 0; i < 11; i++) answers.push((await logIn(known, email, WRONG)).code);
    expect(answers).toEqual([...Array<string>(10).fill('credentials_invalid'), 'rate_limited']);
    expect((await logIn(known, email, PASSWORD)).code).toBe('rate_limited');
    expect((await logIn(other, email, PASSWORD)).status).toBe(200);
    expect((await logIn(limited.agent(), email, PASSWORD)).status).toBe(200);
  });

  test.each<[string, (value: string) => string]>([
    ['none', () => ''],
    ['one bit away', (value) => (value.startsWith('A') ? 'B' : 'A') + value.slice(1)],
    ['cut short', (value) => value.slice(0, -4)],
    ['too long', (value) => `${value}AAAA`],
    ['of nothing', () => 'A'.repeat(64)],
  ])('a value that is none of its own is not known: %s', async (_name, change) => {
    const email = limited.email();
    const known = await knownBrowser(email);
    known.cookies.set(NAME, change(known.cookies.get(NAME) ?? ''));
    await lockOut(email);
    expect((await logIn(known, email, PASSWORD)).code).toBe('rate_limited');
  });

  test('who is logged in still changes the password, and has guesses of their own', async () => {
    const email = limited.email();
    const agent = limited.agent();
    await agent.register(email);
    await agent.login(email);
    await lockOut(email);
    const change = (current: string): Promise<Answer> =>
      agent.post(ROUTES.passwordChange, { current_password: current, new_password: `${PASSWORD} again` });
    expect((await change(PASSWORD)).status).toBe(200);
    const answers = [];
    for (let i = 0; i < 11; i++) answers.push((await change(WRONG)).code);
    expect(answers).toEqual([...Array<string>(10).fill('credentials_invalid'), 'rate_limited']);
  });

  test('attack 89: guesses in all sessions of a person are 50 a day', async () => {
    const email = limited.email();
    await limited.agent().register(email);
    const answers = [];
    for (let session = 0; session < 6; session++) {
      const agent = limited.agent();
      expect((await logIn(agent, email, PASSWORD)).status).toBe(200);
      for (let i = 0; i < 10; i++) {
        const change = { current_password: WRONG, new_password: `${PASSWORD} again` };
        answers.push((await agent.post(ROUTES.passwordChange, change)).code);
      }
    }
    expect(answers.filter((code) => code === 'credentials_invalid')).toHaveLength(50);
    expect(answers.slice(50)).toEqual(Array<string>(10).fill('rate_limited'));
  });

  test("somebody's own device is not known to another account", async () => {
    const [victim, attacker] = [limited.email(), limited.email()];
    await limited.agent().register(victim);
    const known = await knownBrowser(attacker);
    await lockOut(victim);
    expect((await logIn(known, victim, PASSWORD)).code).toBe('rate_limited');
  });
});

test('attack 89: guesses at one account are 50 a day, however they are spread: the wait grows to hours', async () => {
  const email = limited.email();
  await limited.agent().register(email);
  let now = 0;
  const counter = createMemoryCounter({ monotonic: () => now });
  const secrets = createSecrets(PASSWORD, []);
  let right = false;
  const accounts = createAccounts({
    store: limited.service.administration.store,
    // What counts is how often it is asked.
    hasher: {
      hash: () => Promise.resolve(''),
      verify: () => Promise.resolve(right),
      requireCapacity: () => undefined,
    },
    // No password is set here.
    judge: () => Promise.resolve(undefined),
    random: systemRandom(),
    limiter: createLimiter({ shared: counter, own: counter, mac: secrets.mac('limits') }),
    deviceMac: secrets.mac('device'),
    tokens: { issuer: ISSUER, audience: ISSUER, lifetime: 900_000, algorithm: 'ES256' },
  });
  async function guess(): Promise<ServiceError | undefined> {
    try {
      await accounts.verifyPassword(email, WRONG, '192.0.2.1');
      return undefined;
    } catch (error) {
      if (error instanceof ServiceError) return error;
      throw error;
    }
  }
  let looked = 0;
  for (let quarter = 0; quarter < 12; quarter++) {
    for (let i = 0; i < 11; i++) if ((await guess())?.code === 'credentials_invalid') looked++;
    now += 15 * 60_000;
  }
  expect(looked).toBe(50);
  right = true;
  const refused = await guess();
  expect(refused?.code).toBe('rate_limited');
  expect(refused?.retryAfter).toBe(21 * 3600);
  now += 21 * 3_600_000;
  expect(await guess()).toBeUndefined();
});

describe('the cookie of a known device', () => {
  test('attack 67: is set by a login in cookie mode, HttpOnly, for 180 days; not by a refusal or in bearer mode', async () => {
    const email = limited.email();
    const agent = limited.agent();
    await agent.register(email);
    expect(agent.cookies.has(NAME)).toBe(false);
    const body = { email, password: PASSWORD };
    const refused = await agent.post(ROUTES.login, { email, password: WRONG });
    const bearer = await agent.post(ROUTES.login, { ...body, mode: 'bearer' }, { origin: undefined });
    for (const answer of [refused, bearer]) expect(answer.headers.getSetCookie().join()).not.toContain(NAME);
    const answer = await agent.post(ROUTES.login, body, { origin: APP_ORIGIN });
    const cookie = answer.headers.getSetCookie().find((one) => one.startsWith(NAME));
    expect(cookie).toMatch(/; Max-Age=15552000/);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    expect(cookie).toMatch(/; Path=\//);
    expect(cookie).not.toContain('Domain');
  });

  test('stays the same at the next login, and through a logout', async () => {
    const email = limited.email();
    const agent = await knownBrowser(email);
    const value = agent.cookies.get(NAME);
    expect(value).toHaveLength(64);
    await agent.login(email);
    expect(agent.cookies.get(NAME)).toBe(value);
    await agent.post(ROUTES.logout);
    expect(agent.cookies.get(NAME)).toBe(value);
  });

  test('keeps its prefix where sibling hosts share the others', () => {
    const scope = { issuer: 'https://auth.example.com', cookieDomain: 'example.com' };
    expect(deviceCookieName(scope)).toBe('__Host-latchstring-device');
  });
});
