import { performance } from 'node:perf_hooks';
import { hash } from '@node-rs/argon2';
import { afterEach, describe, expect, test } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import { createPasswordHasher } from '../../src/crypto/password-hasher.ts';
import { createPasswordJudge } from '../../src/crypto/password-judge.ts';
import { createPasswordThreads } from '../../src/crypto/password-threads.ts';
import type { PasswordThreads, PasswordThreadsOptions } from '../../src/crypto/password-threads.ts';
import { systemRandom } from '../../src/crypto/random.ts';
import { createSecrets } from '../../src/crypto/secrets.ts';
import { createAccounts } from '../../src/domain/accounts.ts';
import { ServiceError } from '../../src/domain/errors.ts';
import { createLimiter } from '../../src/limits/limiter.ts';
import { createMemoryCounter } from '../../src/limits/memory-counter.ts';
import { useService } from '../support/fixture.ts';
import type { SharedService } from '../support/fixture.ts';
import { ISSUER, PASSWORD } from '../support/service.ts';

const shared = useService();
const limited = useService({ limits: 'on' });
const WRONG = 'not the password of anyone here';

const opened: PasswordThreads[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((threads) => threads.close()));
});

function createThreads(options?: PasswordThreadsOptions): PasswordThreads {
  const threads = createPasswordThreads(options);
  opened.push(threads);
  return threads;
}

function login(
  under: SharedService,
  email: string,
  password: string,
): ReturnType<ReturnType<typeof under.agent>['post']> {
  return under.agent().post(ROUTES.login, { email, password });
}

async function storedHash(email: string): Promise<string> {
  return (await shared.service.administration.store.userByEmail(email))?.passwordHash ?? '';
}

test('E1: passwords are kept as argon2id with 19 MiB, two passes, one lane', async () => {
  const email = shared.email();
  await shared.agent().register(email);
  expect(await storedHash(email)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
});

describe('E1: what makes a password', () => {
  test.each([
    ['14 characters', 'ten wild herbs'],
    ['14 characters that are 28 UTF-16 units', '🦊🐢🦉🐝🦀🐙🦋🐍🦎🦔🐡🦩🦜🦢'],
    ['a dictionary word, repeated', 'passwordpassword'],
    ['a keyboard row', 'qwertyuiopasdfghjkl'],
    ['one letter', 'a'.repeat(40)],
    ['a well-known phrase with digits', 'password1234567890'],
  ])('%s is too weak', async (_name, password) => {
    const answer = await shared.agent().post(ROUTES.register, { email: shared.email(), password });
    expect(answer.code).toBe('password_too_weak');
  });

  test('what is known of the person is too weak', async () => {
    const email = 'mahalia.featherstonehaugh@example.com';
    for (const password of [email, 'mahalia.featherstonehaugh', 'Mahalia.Featherstonehaugh1']) {
      expect((await shared.agent().post(ROUTES.register, { email, password })).code).toBe(
        'password_too_weak',
      );
    }
    const body = { email: shared.email(), password: 'Quentin Abernathyson', name: 'Quentin Abernathyson' };
    expect((await shared.agent().post(ROUTES.register, body)).code).toBe('password_too_weak');
  });

  test('no rule of composition: 15 unrelated lower-case letters and spaces will do', async () => {
    await shared.agent().register(shared.email(), 'ten wild otters');
  });

  test('a password change obeys the same rules', async () => {
    const agent = shared.agent();
    await agent.register(shared.email());
    for (const next of ['short', 'passwordpassword', PASSWORD]) {
      const change = { current_password: PASSWORD, new_password: next };
      expect((await agent.post(ROUTES.passwordChange, change)).code).toBe('password_too_weak');
    }
    const change = { current_password: WRONG, new_password: 'four slow otters under the bridge' };
    expect((await agent.post(ROUTES.passwordChange, change)).code).toBe('credentials_invalid');
  });
});

describe('attack 90: another spelling of an email', () => {
  test('is the same account', async () => {
    const email = shared.email();
    await shared.agent().register(email);
    for (const spelling of [email.toUpperCase(), `  ${email}`, `${email} `, `\t${email}\n`]) {
      expect((await login(shared, spelling, PASSWORD)).status).toBe(200);
      const again = await shared.agent().post(ROUTES.register, { email: spelling, password: PASSWORD });
      expect(again.code).toBe('email_taken');
    }
  });

  test('F1: counts against the same limit, for people who exist and people who do not', async () => {
    for (const exists of [true, false]) {
      const email = limited.email();
      if (exists) await limited.agent().register(email);
      const spellings = [email, email.toUpperCase(), ` ${email}`, `${email} `, email.replace('p', 'P')];
      const answers = [];
      for (const spelling of [...spellings, ...spellings])
        answers.push((await login(limited, spelling, WRONG)).code);
      expect(answers).toEqual(Array(10).fill('credentials_invalid'));
      const refused = await login(limited, email.toUpperCase(), PASSWORD);
      expect(refused.code).toBe('rate_limited');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(900);
    }
  });

  test('a right password gives its attempt back', async () => {
    const email = limited.email();
    await limited.agent().register(email);
    for (let i = 0; i < 12; i++) expect((await login(limited, email, PASSWORD)).status).toBe(200);
  });
});

test('F1: a session is refreshed 60 times a minute, and another one then still is', async () => {
  const agent = limited.agent();
  await agent.register(limited.email());
  const other = limited.agent();
  await other.register(limited.email());
  const answers = await Promise.all(Array.from({ length: 61 }, () => agent.refresh()));
  const refused = answers.filter(({ code }) => code === 'rate_limited');
  expect(refused).toHaveLength(1);
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await other.refresh()).status).toBe(200);
  expect((await agent.session()).status).toBe(200);
});

test('attack 92: of 30 parallel guesses 10 are looked at', async () => {
  const email = limited.email();
  await limited.agent().register(email);
  const answers = await Promise.all(Array.from({ length: 30 }, () => login(limited, email, WRONG)));
  expect(answers.filter(({ code }) => code === 'credentials_invalid')).toHaveLength(10);
  expect(answers.filter(({ code }) => code === 'rate_limited')).toHaveLength(20);
});

describe('attack 93: an unknown email and a wrong password', () => {
  test('look the same, and so does a disabled account', async () => {
    const email = shared.email();
    const disabled = shared.email();
    await shared.agent().register(email);
    await shared.agent().register(disabled);
    await shared.service.administration.accounts.disable(disabled, 'ban');
    const answers = [
      await login(shared, email, WRONG),
      await login(shared, 'nobody@example.com', WRONG),
      await login(shared, disabled, PASSWORD),
      await login(shared, disabled, WRONG),
    ];
    const seen = answers.map(({ status, headers, text }) => ({
      status,
      names: [...headers.keys()].sort(),
      length: text.length,
      text: text.replace(/"trace_id":"[^"]+"/, ''),
    }));
    expect(seen[0]).toMatchObject({ status: 401 });
    for (const other of seen.slice(1)) expect(other).toEqual(seen[0]);
  });

  test('take the time of a verification each, from the first on', async () => {
    const timed = async (act: () => Promise<unknown>): Promise<number> => {
      const start = performance.now();
      await act();
      return performance.now() - start;
    };
    const median = (times: readonly number[]): number =>
      times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
    const stored = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    const times: Record<'unknown' | 'wrong', number[]> = { unknown: [], wrong: [] };
    // Interleaved, so that whatever else this machine does falls on both alike.
    const hasher = createPasswordHasher(createThreads());
    for (let i = 0; i < 11; i++) {
      times.wrong.push(await timed(() => hasher.verify(stored, WRONG)));
      times.unknown.push(await timed(() => hasher.verify(undefined, WRONG)));
    }
    expect(median(times.unknown)).toBeGreaterThan(median(times.wrong) / 2);
    expect(median(times.unknown)).toBeLessThan(median(times.wrong) * 2);
    const first = createPasswordHasher(createThreads());
    expect(await timed(() => first.verify(undefined, WRONG))).toBeGreaterThan(median(times.wrong) / 2);
  });
});

describe('attack 94: a storm of logins', () => {
  test('is queued up to a bound; beyond it is overloaded with Retry-After', async () => {
    const hasher = createPasswordHasher(createThreads({ concurrency: 1, queue: 3 }));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => hasher.verify(undefined, WRONG)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).toBeInstanceOf(ServiceError);
      expect(outcome.reason).toMatchObject({ code: 'overloaded', retryAfter: 2 });
    }
    expect(await hasher.verify(undefined, WRONG)).toBe(false);
  });

  test('a thread that dies fails its own jobs alone, and the next has a thread of its own', async () => {
    const worker = new URL('data:text/javascript,process.exit(1)');
    const dying = createThreads({ concurrency: 1, queue: 3, worker });
    const job = { kind: 'judge', password: PASSWORD, known: [] } as const;
    const outcomes = await Promise.allSettled([dying.run(job), dying.run(job), dying.run(job)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    // Nothing of it is left in the queue.
    dying.requireCapacity();
    await expect(dying.run(job)).rejects.toThrow('A password thread has ended.');
  });

  test('over HTTP it is answered with 503, and refreshes go on meanwhile', async () => {
    const agent = shared.agent();
    await agent.register(shared.email());
    let loginsDone = 0;
    const storm = Array.from({ length: 130 }, async () => {
      const answer = await login(shared, 'nobody@example.com', WRONG);
      loginsDone++;
      return answer;
    });
    for (let i = 0; i < 5; i++) expect((await agent.refresh()).status).toBe(200);
    expect(loginsDone).toBeLessThan(100);
    const answers = await Promise.all(storm);
    const refused = answers.filter(({ code }) => code === 'overloaded');
    expect(refused.length).toBeGreaterThan(0);
    for (const { status, headers } of refused) {
      expect(status).toBe(503);
      expect(headers.get('retry-after')).toBe('2');
    }
  });
});

test('attack 94: a hostile password is judged about as quickly as any other of its length', async () => {
  const judge = createPasswordJudge(createThreads());
  const time = async (password: string): Promise<number> => {
    const start = performance.now();
    await judge(password, []);
    return performance.now() - start;
  };
  await time(PASSWORD);
  const ratios: number[] = [];
  for (let i = 0; i < 5; i++) {
    const plain = await time('mzkqpwvtrnxjhgfdsy'.repeat(6));
    ratios.push((await time('4@8({[<369&#!1|0$5+7%2'.repeat(5))) / plain);
  }
  // Side by side, so that whatever else this machine does falls on both. Unbounded, it was 15 to 50 times.
  expect(ratios.toSorted((a, b) => a - b)[2]).toBeLessThan(8);
});

test('attack 91: guesses that a busy server did not look at lock nobody out', async () => {
  const email = shared.email();
  await shared.agent().register(email);
  const hasher = createPasswordHasher(createThreads());
  const own = createMemoryCounter({ monotonic: () => performance.now() });
  let isBusy = true;
  const accounts = createAccounts({
    store: shared.service.administration.store,
    hasher: {
      ...hasher,
      verify: (...given) =>
        isBusy ? Promise.reject(new ServiceError('overloaded', 'Busy.')) : hasher.verify(...given),
    },
    judge: createPasswordJudge(createThreads()),
    random: systemRandom(),
    limiter: createLimiter({ shared: own, own, mac: createSecrets(PASSWORD, []).mac('limits') }),
    deviceMac: createSecrets(PASSWORD, []).mac('device'),
    tokens: { issuer: ISSUER, audience: ISSUER, lifetime: 900_000, algorithm: 'ES256' },
  });
  const logIn = (password: string): Promise<unknown> => accounts.verifyPassword(email, password, '192.0.2.1');
  for (let i = 0; i < 12; i++) await expect(logIn(PASSWORD)).rejects.toMatchObject({ code: 'overloaded' });
  isBusy = false;
  await expect(logIn(PASSWORD)).resolves.toMatchObject({ email });
  for (let i = 0; i < 10; i++)
    await expect(logIn(WRONG)).rejects.toMatchObject({ code: 'credentials_invalid' });
  await expect(logIn(PASSWORD)).rejects.toMatchObject({ code: 'rate_limited' });
});

describe('attack 95: the whole password counts', () => {
  test('beyond 72 bytes, and beyond a NUL', async () => {
    const long = 'a seldom heard phrase '.repeat(5);
    for (const [right, wrong] of [
      [`${long}1`, `${long}2`],
      ['seven quiet\u0000 herons over', 'seven quiet\u0000 geese over'],
      [PASSWORD, `${PASSWORD} `],
      [PASSWORD, PASSWORD.toUpperCase()],
    ] as const) {
      const email = shared.email();
      await shared.agent().register(email, right);
      expect((await login(shared, email, wrong)).code).toBe('credentials_invalid');
      expect((await login(shared, email, right)).status).toBe(200);
    }
  });

  test('E1: two spellings of one text in Unicode are one password', async () => {
    const email = shared.email();
    const composed = 'trois crêpes à l’orée du bois';
    await shared.agent().register(email, composed.normalize('NFD'));
    expect((await login(shared, email, composed.normalize('NFC'))).status).toBe(200);
    expect((await login(shared, email, composed.normalize('NFD'))).status).toBe(200);
  });
});

test('attack 99: of 20 sign-ups at once with one email, one makes the account', async () => {
  const email = shared.email();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      shared
        .agent()
        .post(ROUTES.register, { email: i % 2 === 0 ? email : email.toUpperCase(), password: PASSWORD }),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ code }) => code === 'email_taken')).toHaveLength(19);
  const users = await shared.service.administration.store.listUsers();
  expect(users.filter((user) => user.email === email)).toHaveLength(1);
});

test('attack 101: nobody gives themselves roles or a verified email', async () => {
  const email = shared.email();
  const extras = {
    roles: ['admin'],
    role: 'admin',
    email_verified: true,
    id: 'x',
    disabled_at: null,
    is_admin: true,
  };
  for (const [name, value] of Object.entries(extras)) {
    const answer = await shared.agent().post(ROUTES.register, { email, password: PASSWORD, [name]: value });
    expect(answer.code).toBe('request_invalid');
  }
  const { user } = await shared.agent().register(email);
  expect(user).toMatchObject({ roles: [], email_verified: false });
});
