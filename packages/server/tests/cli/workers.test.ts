import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import { Agent } from '../support/agent.ts';
import { commandEnvironment, runCommand, startCommand } from '../support/command.ts';
import type { RunningCommand } from '../support/command.ts';
import { APP_ORIGIN, DATABASES, PASSWORD, createSqliteFile } from '../support/service.ts';
import type { DatabaseUnderTest } from '../support/service.ts';

const WRONG = 'not the password of anyone here';

/** The processes that a process has started. */
function childrenOf(pid: number | undefined): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

async function serve(
  environment: Readonly<Record<string, string>>,
  workers: number,
): Promise<RunningCommand & { readonly url: string }> {
  const running = startCommand(['serve', '--port', '0', '--workers', String(workers)], environment);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await running.firstLine)?.[0] ?? '';
  await vi.waitFor(() => expect(childrenOf(running.child.pid)).toHaveLength(workers), { timeout: 40_000 });
  return { ...running, url };
}

describe.each(DATABASES)('serve --workers on %s', (_name, create) => {
  let database: DatabaseUnderTest;
  let environment: Readonly<Record<string, string>>;
  let running: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    database = await create();
    environment = {
      ...commandEnvironment(database.url, randomBytes(32).toString('base64')),
      LATCHSTRING_ORIGINS: APP_ORIGIN,
    };
    running = await serve(environment, 3);
  });

  afterAll(async () => {
    running.child.kill('SIGTERM');
    expect((await running.result).code).toBe(0);
    await database.drop();
  });

  test('F4: serves sessions at any of the processes, and every one of them refuses what has ended', async () => {
    const agents = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        const agent = new Agent(running.url);
        await agent.register(`person-${i}@example.com`);
        return agent;
      }),
    );
    const answers = await Promise.all(
      agents.flatMap((agent) =>
        Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? agent.session() : agent.refresh())),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    for (const agent of agents) {
      const thief = agent.clone();
      expect((await agent.post(ROUTES.logout)).status).toBe(204);
      const after = await Promise.all(Array.from({ length: 10 }, () => thief.session()));
      expect(new Set(after.map(({ code }) => code))).toEqual(new Set(['token_revoked']));
    }
  });

  test('F1, attack 92: the processes count together', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () =>
        new Agent(running.url).post(ROUTES.login, { email: 'ada@example.com', password: WRONG }),
      ),
    );
    expect(answers.filter(({ code }) => code === 'credentials_invalid')).toHaveLength(10);
    expect(answers.filter(({ code }) => code === 'rate_limited')).toHaveLength(20);
  });

  test('F4: a process that is killed is replaced, and nobody is logged out', async () => {
    const agent = new Agent(running.url);
    await agent.register('grace@example.com');
    const before = childrenOf(running.child.pid);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    const isAnew = (): boolean => {
      const now = childrenOf(running.child.pid);
      return now.length === 3 && now.every((pid) => !before.includes(pid));
    };
    await expect.poll(isAnew, { timeout: 40_000 }).toBe(true);
    await expect
      .poll(
        () =>
          agent.session().then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 40_000 },
      )
      .toBe(200);
    await agent.login('grace@example.com', PASSWORD);
  }, 90_000);
});

describe('serve --workers', () => {
  let database: DatabaseUnderTest;
  let environment: Readonly<Record<string, string>>;
  beforeEach(async () => {
    database = await createSqliteFile();
    environment = commandEnvironment(database.url, randomBytes(32).toString('base64'));
  });
  afterEach(() => database.drop());

  test('F6: a setting that can not be used is one sentence, not one a process', async () => {
    const { code, stderr } = await runCommand(['serve', '--workers', '3'], {
      ...environment,
      LATCHSTRING_SECRET: 'short',
    });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('F6: what only a start can find out is one sentence as well', async () => {
    const missing = { ...environment, LATCHSTRING_DATABASE_URL: 'file:/etc/passwd/latchstring.db' };
    const { code, stderr } = await runCommand(['serve', '--workers', '3'], missing);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test.each(['0', '1.5', 'many', '257'])(
    'a number of processes that makes no sense is refused: %s',
    async (count) => {
      const { code, stderr } = await runCommand(['serve', '--workers', count], environment);
      expect(code).toBe(1);
      expect(stderr).toContain('--workers');
    },
  );
});
