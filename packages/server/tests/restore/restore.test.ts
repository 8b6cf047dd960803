import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { freePort } from '@latchstring/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import type { BearerTokens, RefreshAnswer } from '@latchstring/protocol';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { VerificationError, createVerifier, remoteKeys } from '@latchstring/verifier';
import type { Verifier } from '@latchstring/verifier';
import { createLatchstring } from '../../src/main.ts';
import { closeGracefully, createNodeServer } from '../../src/node.ts';
import { Agent } from '../support/agent.ts';
import { commandEnvironment, runCommand } from '../support/command.ts';
import { ISSUER, testOptions } from '../support/service.ts';
import type { ServiceUnderTest } from '../support/service.ts';
import { BACKED_UP } from './backups.ts';
import type { DatabaseWithBackup } from './backups.ts';

const HOUR = 3_600_000;
/** M of the refresh protocol, and a margin. */
const MATURE = 130_000;

/** A person of a client that keeps bearer tokens. */
interface Person {
  readonly email: string;
  access: string;
  refresh: string;
}

describe.each(BACKED_UP)('a backup of %s that is put back', (_name, create) => {
  const secret = randomBytes(32).toString('base64');
  const log: string[] = [];
  let database: DatabaseWithBackup;
  let port: number;
  let url: string;
  let offset = 0;
  let server: ServiceUnderTest;
  let verifier: Verifier;
  const people = {} as Record<'ended' | 'changed' | 'gone' | 'late', Person>;

  /** Starts the server at the address that the backends know. */
  async function start(): Promise<void> {
    const logTo = { write: (line: string) => log.push(line) };
    const options = {
      secret,
      databaseUrl: database.url,
      clockOffset: () => offset,
      logTo,
      logLevel: 'warn',
    } as const;
    const service = await createLatchstring(testOptions(options));
    const http = createNodeServer(service).listen(port, '127.0.0.1');
    await once(http, 'listening');
    const stop = async (): Promise<void> => {
      await closeGracefully(http, 0);
      await service.close();
    };
    server = { service, url, advance: (milliseconds) => void (offset += milliseconds), stop };
  }

  async function signUp(name: string): Promise<Person> {
    const email = `${name}@example.com`;
    const { access_token: access, refresh_token: refresh } = await new Agent(url).registerBearer(email);
    return { email, access, refresh };
  }

  /** The code of the refusal; undefined where it went on. */
  async function refresh(person: Person): Promise<string | undefined> {
    const answer = await new Agent(url).post(
      ROUTES.refresh,
      { refresh_token: person.refresh },
      { origin: undefined },
    );
    if (answer.status !== 200) return answer.code;
    const tokens = answer.json<RefreshAnswer & Partial<BearerTokens>>();
    person.access = tokens.access_token ?? '';
    person.refresh = tokens.refresh_token ?? person.refresh;
    return undefined;
  }

  async function verdict(token: string): Promise<string> {
    try {
      await verifier.verifyToken(token);
      return 'accepted';
    } catch (error) {
      if (error instanceof VerificationError) return error.code;
      throw error;
    }
  }

  /** The verifier goes by what the server's feed says now. */
  const caughtUp = async (): Promise<void> => {
    const { store } = server.service.administration;
    const { epoch, seq } = (await store.readRevocations(0, 0)).position;
    await expect
      .poll(() => verifier.revocations.status.position, { timeout: 20_000 })
      .toBe(`${epoch}.${seq}`);
  };

  beforeAll(async () => {
    database = await create();
    port = await freePort();
    url = `http://localhost:${port}`;
    await start();
    for (const name of ['ended', 'changed', 'gone', 'late'] as const) people[name] = await signUp(name);
    verifier = createVerifier({
      issuer: ISSUER,
      audience: ISSUER,
      keys: remoteKeys({ url: url + ROUTES.jwks }),
      revocations: { url: url + ROUTES.revocations },
      now: () => (Date.now() + offset) / 1000,
    });
    await server.stop();
    await database.backUp();
    await start();
  });

  afterAll(async () => {
    await verifier.close();
    await server.stop();
    await database.drop();
  });

  test('E5, F4: no revocation is lost on a verifier; sessions go on while recovery is open, and not otherwise', async () => {
    const { ended, changed, gone, late } = people;
    for (const person of [ended, changed]) expect(await verdict(person.access)).toBe('accepted');
    const before = { ended: ended.access, changed: changed.access };

    // What happens after the backup: a logout, two changes of rights, and sessions that go on.
    expect((await new Agent(url).bearer(ROUTES.logout, ended.access, { method: 'POST' })).status).toBe(204);
    const { accounts } = server.service.administration;
    for (const roles of [['editor'], ['editor', 'author']]) await accounts.setRoles(changed.email, roles);
    for (let generation = 0; generation < 3; generation++) {
      server.advance(MATURE);
      for (const person of [gone, late]) expect(await refresh(person)).toBeUndefined();
    }
    await caughtUp();
    expect(await verdict(before.ended)).toBe('token_revoked');
    expect(await verdict(before.changed)).toBe('token_outdated');

    await server.stop();
    await database.putBack();
    await start();
    server.advance(MATURE);
    expect(await refresh(gone)).toBe('session_ended');
    expect(log.join('')).toContain('"alarm":"refresh_ahead"');
    expect(log.join('')).not.toContain('database_restored');

    const { code, stdout } = await runCommand(
      ['restore', '--for', '1h'],
      commandEnvironment(database.url, secret),
    );
    expect(code).toBe(0);
    expect(stdout).toContain('4 sessions in the backup');
    await expect.poll(() => log.join('')).toContain('"alarm":"database_restored"');
    const events = await server.service.administration.store.listEvents(20);
    expect(events.map(({ kind }) => kind)).toContain('database_restored');

    await caughtUp();
    expect(await verdict(before.ended)).toBe('token_revoked');
    expect(await verdict(before.changed)).toBe('token_outdated');
    // Its version would be below what the verifier has heard of, were it not raised.
    expect(await refresh(changed)).toBeUndefined();
    expect(await verdict(changed.access)).toBe('accepted');
    expect(await refresh(gone)).toBeUndefined();
    expect(await verdict(gone.access)).toBe('accepted');
    expect(await new Agent(url).bearer(ROUTES.session, gone.access)).toMatchObject({ status: 200 });

    server.advance(HOUR);
    expect(await refresh(gone)).toBeUndefined();
    expect(await refresh(late)).toBe('session_ended');
  }, 60_000);
});

describe.each(BACKED_UP)(
  'a server on %s that runs while a backup is put back, and nobody says so',
  (name, create) => {
    test('F4: raises an alarm, for the log has become shorter', async () => {
      const database = await create();
      const log: string[] = [];
      const options = testOptions({
        databaseUrl: database.url,
        logTo: { write: (line) => log.push(line) },
        logLevel: 'warn',
      });
      const service = await createLatchstring(options);
      const { store } = service.administration;
      const revoke = (): Promise<void> => store.appendRevocations([{ kind: 'token', jti: 'one' }]);
      await revoke();
      await revoke();
      const [, sent] = (await store.revocationSnapshot()).records;
      expect(sent?.seq).toBe(2);
      const answer = await service.fetch(new Request(`${ISSUER}${ROUTES.revocations}`));
      expect(answer.status).toBe(200);
      await answer.text();
      await rewind(name, database.url);
      await expect.poll(() => log.join('')).toContain('"alarm":"database_went_back"');
      expect(log.filter((line) => line.includes('alarm'))).toHaveLength(1);
      await service.close();
      await database.drop();
    });
  },
);

/** Makes the log as short as a backup has it, past the server. */
async function rewind(name: string, url: string): Promise<void> {
  const statements = ['delete from revocations where seq > 1', 'update revocation_counter set seq = 1'];
  if (name === 'SQLite') {
    const file = new Sqlite(url.slice('file:'.length), { timeout: 5000 });
    for (const statement of statements) file.exec(statement);
    file.close();
    return;
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
