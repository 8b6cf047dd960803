import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import { Agent } from '../support/agent.ts';
import { commandEnvironment, runCommand } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { ISSUER, PASSWORD, createSqliteFile, startService } from '../support/service.ts';
import type { DatabaseUnderTest, ServiceUnderTest } from '../support/service.ts';

const SECRET = randomBytes(32).toString('base64');
const NEXT_SECRET = randomBytes(32).toString('base64');
let database: DatabaseUnderTest;
let under: ServiceUnderTest;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  database = await createSqliteFile();
  under = await startService(database, { secret: SECRET });
  environment = commandEnvironment(database.url, SECRET);
});

afterAll(async () => {
  await under.stop();
  await database.drop();
});

const run = (args: readonly string[], input?: string): Promise<CommandResult> =>
  runCommand(args, environment, input);

function folderOf({ url }: DatabaseUnderTest): string {
  return join(fileURLToPath(new URL(url.replace('file:', 'file://'))), '..');
}

describe('users', () => {
  test('create makes an account with roles, whose password is right; list shows it', async () => {
    const created = await run(['users', 'create', 'Root@example.com', '--role', 'admin'], `${PASSWORD}\n`);
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const { user } = await new Agent(under.url).login('root@example.com');
    expect(user.roles).toEqual(['admin']);
    const list = await run(['users', 'list']);
    expect(list.stdout).toMatch(/root@example\.com\s+admin\s+active/);
  });

  test.each([
    ['a weak password', 'weak@example.com', 'passwordpassword\n', '(password_too_weak)'],
    ['no password', 'none@example.com', '', 'password'],
    ['no email', 'nobody', `${PASSWORD}\n`, 'email'],
    ['attack 96: an email beyond ASCII', '\u212Aelvin@example.com', `${PASSWORD}\n`, 'email'],
    ['an email that is taken', 'root@example.com', `${PASSWORD}\n`, '(email_taken)'],
  ])('create refuses %s with one sentence', async (_name, email, input, word) => {
    const { code, stdout, stderr } = await run(['users', 'create', email], input);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(word);
    expect(stderr).not.toContain(PASSWORD);
  });

  test('disable ends the sessions in servers that run; enable lets the person in again', async () => {
    const agent = new Agent(under.url);
    await agent.register('mallory@example.com');
    expect(await run(['users', 'disable', 'mallory@example.com', '--reason', 'ban'])).toMatchObject({
      code: 0,
    });
    expect((await agent.session()).code).toBe('token_revoked');
    expect((await run(['users', 'list'])).stdout).toMatch(/mallory@example\.com\s+disabled \(ban\)/);
    expect(await run(['users', 'enable', 'mallory@example.com'])).toMatchObject({ code: 0 });
    await agent.login('mallory@example.com');
    expect((await run(['users', 'disable', 'nobody@example.com'])).stderr).toContain('(not_found)');
  });

  test('roles sets them, outdates the tokens, and takes all away', async () => {
    const agent = new Agent(under.url);
    await agent.register('editor@example.com');
    expect(await run(['users', 'roles', 'editor@example.com', 'editor', 'author'])).toMatchObject({
      code: 0,
    });
    expect((await agent.session()).code).toBe('token_outdated');
    await agent.refresh();
    expect((await agent.session()).json()).toMatchObject({ user: { roles: ['editor', 'author'] } });
    await run(['users', 'roles', 'editor@example.com']);
    await agent.refresh();
    expect((await agent.session()).json()).toMatchObject({ user: { roles: [] } });
    expect((await run(['users', 'roles', 'editor@example.com', 'not a role'])).stderr).toContain(
      '(request_invalid)',
    );
  });
});

describe('keys', () => {
  test('list, rotate and revoke', async () => {
    const agent = new Agent(under.url);
    await agent.register('keys@example.com');
    expect((await run(['keys', 'list'])).stdout.match(/ES256 +(current|next) +published/g)).toHaveLength(2);
    const early = await run(['keys', 'rotate']);
    expect(early.code).toBe(1);
    expect(early.stderr).toContain('(request_invalid)');
    const rotated = await run(['keys', 'rotate', '--now']);
    expect(rotated.code).toBe(0);
    expect((await agent.session()).status).toBe(200);
    const kid = rotated.stdout.trim().split(' ').at(-1) ?? '';
    expect(await run(['keys', 'revoke', kid])).toMatchObject({ code: 0, stderr: '' });
    expect((await run(['keys', 'list'])).stdout).toMatch(new RegExp(`${kid} +ES256 +revoked`));
    expect((await run(['keys', 'revoke', 'nothing'])).code).toBe(1);
  });
});

test('sessions recover opens recovery for a while', async () => {
  const { code, stdout } = await run(['sessions', 'recover', '--for', '12h']);
  expect(code).toBe(0);
  const until = Date.parse(/\d{4}-\S+Z/.exec(stdout)?.[0] ?? '');
  expect(until - Date.now()).toBeGreaterThan(11 * 3_600_000);
  expect(until - Date.now()).toBeLessThanOrEqual(12 * 3_600_000);
  for (const duration of ['7', '31d']) {
    expect((await run(['sessions', 'recover', `--for=${duration}`])).code).toBe(1);
  }
});

test('with HS256 no key is revoked by a command that then says that there are none', async () => {
  const hs256 = { ...environment, LATCHSTRING_HS256_SECRET: 'kBq3vZ9sTn7wXc2mRf8yHj4pLd6gUa1e' };
  const kid = /^(\S+) +ES256 +current/m.exec((await run(['keys', 'list'])).stdout)?.[1] ?? '';
  expect((await runCommand(['keys', 'revoke', kid], hs256)).code).toBe(1);
  expect((await run(['keys', 'list'])).stdout).toMatch(new RegExp(`${kid} +ES256 +current`));
});

test('A7: secret rotate encrypts the keys anew, so that the old secret can go', async () => {
  const other = await createSqliteFile();
  const before = commandEnvironment(other.url, SECRET);
  const after = commandEnvironment(other.url, NEXT_SECRET);
  expect((await runCommand(['keys', 'list'], before)).code).toBe(0);
  const tooEarly = await runCommand(['keys', 'list'], after);
  expect(tooEarly.code).toBe(1);
  expect(tooEarly.stderr).toContain('LATCHSTRING_SECRET_PREVIOUS');
  const both = { ...after, LATCHSTRING_SECRET_PREVIOUS: SECRET };
  expect(await runCommand(['secret', 'rotate'], both)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^2 keys/) as string,
  });
  expect((await runCommand(['keys', 'list'], after)).code).toBe(0);
  expect((await runCommand(['keys', 'list'], before)).code).toBe(1);
  await other.drop();
});

describe('token', () => {
  const bearer = async (): Promise<string> =>
    (await new Agent(under.url).registerBearer(`token-${randomBytes(4).toString('hex')}@example.com`))
      .access_token;
  const keySet = async (): Promise<string> => {
    const path = join(folderOf(database), 'jwks.json');
    await writeFile(path, (await new Agent(under.url).send(ROUTES.jwks)).text);
    return path;
  };
  const verify = async (token: string, issuer = ISSUER, audience = ISSUER): Promise<CommandResult> =>
    runCommand(
      ['token', 'verify', '--jwks', await keySet(), '--issuer', issuer, '--audience', audience],
      {},
      `${token}\n`,
    );

  test('verify prints the verdict and exits with 0 or 1, without any setting', async () => {
    const token = await bearer();
    const good = await verify(token);
    expect([good.code, JSON.parse(good.stdout)]).toEqual([0, { verdict: 'accept', code: null }]);
    for (const [given, issuer, audience, code] of [
      [token, ISSUER, 'another', 'token_wrong_audience'],
      [`${token.slice(0, -10)}AAAAAAAAAA`, ISSUER, ISSUER, 'token_untrusted'],
      ['a.b', ISSUER, ISSUER, 'token_malformed'],
    ] as const) {
      const refused = await verify(given, issuer, audience);
      expect([refused.code, JSON.parse(refused.stdout)]).toEqual([1, { verdict: 'reject', code }]);
    }
  });

  test('verify says in one sentence what is wrong with its options', async () => {
    for (const args of [
      ['--jwks', '/nowhere.json', '--issuer', ISSUER, '--audience', ISSUER],
      ['--issuer', 'not an origin', '--audience', ISSUER],
    ]) {
      const { code, stdout, stderr } = await runCommand(['token', 'verify', ...args], {}, 'a.b.c\n');
      expect([code, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 1]);
    }
  });

  test('inspect shows what a token says, and what a refresh token does not', async () => {
    const shown = await runCommand(['token', 'inspect'], {}, `${await bearer()}\n`);
    expect(JSON.parse(shown.stdout)).toMatchObject({ header: { alg: 'ES256' }, claims: { iss: ISSUER } });
    const opaque = await runCommand(['token', 'inspect'], {}, `lsr_${'A'.repeat(122)}\n`);
    expect(JSON.parse(opaque.stdout)).toMatchObject({ kind: 'refresh token' });
    expect((await runCommand(['token', 'inspect'], {}, 'x\n')).code).toBe(1);
  });
});

describe('settings', () => {
  test('--config gives them, and the environment wins', async () => {
    const path = join(folderOf(database), 'latchstring.json');
    await writeFile(path, JSON.stringify({ issuer: ISSUER, secret: SECRET, databaseUrl: database.url }));
    expect((await runCommand(['--config', path, 'users', 'list'], {})).code).toBe(0);
    expect((await runCommand(['users', 'list'], { LATCHSTRING_CONFIG: path })).code).toBe(0);
    const other = await runCommand(['--config', path, 'users', 'list'], {
      LATCHSTRING_ISSUER: 'http://example.com',
    });
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('LATCHSTRING_ISSUER');
  });

  test('F6: that can not be used are refused with a sentence each', async () => {
    const { code, stdout, stderr } = await runCommand(['serve'], { LATCHSTRING_SECRET: 'canary' });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(stderr).not.toContain('canary');
  });

  test('an unknown command exits with 1', async () => {
    expect((await runCommand(['explode'], environment)).code).toBe(1);
  });
});
