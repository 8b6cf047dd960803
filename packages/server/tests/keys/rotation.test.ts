import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { JWKS_MAX_AGE, ROUTES } from '@latchstring/protocol';
import { createDatabase } from '@latchstring/testkit';
import { createVerifier, staticKeys } from '@latchstring/verifier';
import type { JsonWebKeySet } from '@latchstring/verifier';
import { ConfigurationError } from '../../src/config/options.ts';
import { createKeyRing } from '../../src/domain/key-ring.ts';
import type { KeyRing } from '../../src/domain/key-ring.ts';
import { createKeyVault } from '../../src/crypto/key-vault.ts';
import { createSecrets } from '../../src/crypto/secrets.ts';
import { StoreUnavailableError } from '../../src/ports/store.ts';
import { Agent } from '../support/agent.ts';
import { headerOf } from '../support/forge.ts';
import { ISSUER, createSqliteFile, startService } from '../support/service.ts';
import type { DatabaseUnderTest, ServiceUnderTest } from '../support/service.ts';

const SECRET = 'v7Jp2nXw9QzKc4TfRb8sLm3hYg6dEa1u';
const NEXT_SECRET = 'kBq3vZ9sTn7wXc2mRf8yHj4pLd6gUa1e';
const DAY = 86_400_000;

let database: DatabaseUnderTest;
let under: ServiceUnderTest;
const started: ServiceUnderTest[] = [];

async function start(overrides: Parameters<typeof startService>[1] = {}): Promise<ServiceUnderTest> {
  const service = await startService(database, { secret: SECRET, ...overrides });
  started.push(service);
  return service;
}

beforeEach(async () => {
  database = await createSqliteFile();
  under = await start();
});

afterEach(async () => {
  for (const service of started.splice(0)) await service.stop();
  await database.drop();
});

function ring(service: ServiceUnderTest = under): KeyRing {
  const { keyRing } = service.service.administration;
  if (keyRing === undefined) throw new Error('there is a ring');
  return keyRing;
}

async function published(service: ServiceUnderTest = under): Promise<JsonWebKeySet> {
  return (await new Agent(service.url).send(ROUTES.jwks)).json<JsonWebKeySet>();
}

async function kids(): Promise<readonly unknown[]> {
  return (await published()).keys.map(({ kid }) => kid);
}

const kidOf = (agent: Agent): unknown => headerOf(agent.accessToken ?? '')['kid'];

describe('A7: a rotation logs nobody out', () => {
  test('by command: old tokens verify until their end, new ones have the next key', async () => {
    const agent = new Agent(under.url);
    await agent.register('ada@example.com');
    const before = agent.clone();
    const [current, next] = await kids();
    expect(kidOf(agent)).toBe(current);
    under.advance(JWKS_MAX_AGE * 1000);
    expect(await ring().rotate(false)).toBe(next);
    expect((await agent.session()).status).toBe(200);
    expect((await agent.refresh()).status).toBe(200);
    expect(kidOf(agent)).toBe(next);
    expect((await before.session()).status).toBe(200);
    expect(await kids()).toHaveLength(3);
    const verifier = createVerifier({
      issuer: ISSUER,
      audience: ISSUER,
      keys: staticKeys(await published()),
      now: () => Date.now() / 1000 + JWKS_MAX_AGE,
    });
    const { access_token: token } = await new Agent(under.url).registerBearer('bob@example.com');
    expect(await verifier.verifyToken(token)).toMatchObject({ iss: ISSUER });
  });

  test('by command: a key that verifiers can not know yet is not used, unless it must be', async () => {
    await expect(ring().rotate(false)).rejects.toMatchObject({ code: 'request_invalid' });
    const [, next] = await kids();
    expect(await ring().rotate(true)).toBe(next);
  });

  test('by schedule: the refresh that comes after it has the next key', async () => {
    const daily = await start({ keyRotationInterval: 86_400 });
    const agent = new Agent(daily.url);
    await agent.register('ada@example.com');
    const [current, next] = await kids();
    daily.advance(DAY - 60_000);
    await ring(daily).refresh();
    expect((await agent.refresh()).status).toBe(200);
    expect(kidOf(agent)).toBe(current);
    daily.advance(120_000);
    await ring(daily).refresh();
    expect((await agent.session()).status).toBe(200);
    expect((await agent.refresh()).status).toBe(200);
    expect(kidOf(agent)).toBe(next);
  });

  test('attack 21: a retired key leaves the set 120 s after its last token', async () => {
    const agent = new Agent(under.url);
    await agent.register('ada@example.com');
    const [current] = await kids();
    await ring().rotate(true);
    under.advance(900_000 + 119_000);
    await ring().refresh();
    expect(await kids()).toContain(current);
    under.advance(2_000);
    await ring().refresh();
    expect(await kids()).not.toContain(current);
    expect((await agent.session()).code).toBe('token_untrusted');
  });

  test('a change of the algorithm is a rotation', async () => {
    const agent = new Agent(under.url);
    await agent.register('ada@example.com');
    await under.stop();
    started.splice(0);
    under = await start({ signingAlgorithm: 'EdDSA' });
    under.advance(JWKS_MAX_AGE * 1000);
    await ring().refresh();
    const after = agent.clone();
    Object.assign(after, { url: under.url });
    expect((await after.session()).status).toBe(200);
    expect((await after.refresh()).status).toBe(200);
    expect(headerOf(after.accessToken ?? '')['alg']).toBe('EdDSA');
  });
});

describe('attack 21: a revoked key', () => {
  test('signs and verifies nothing any more; clients refresh and go on', async () => {
    const agent = new Agent(under.url);
    await agent.register('ada@example.com');
    const { store } = under.service.administration;
    const kid = String(kidOf(agent));
    const { seq } = (await store.readRevocations(0, 0)).position;
    expect(await store.revokeKey(kid, { kind: 'key_revoked' })).toBe('current');
    expect((await store.readRevocations(seq, 10)).records.map(({ entries }) => entries)).toEqual([
      [{ kind: 'key', kid }],
    ]);
    await ring().refresh();
    expect(await kids()).not.toContain(kid);
    expect((await agent.session()).code).toBe('token_outdated');
    expect((await agent.refresh()).status).toBe(200);
    expect((await agent.session()).status).toBe(200);
    expect(kidOf(agent)).not.toBe(kid);
  });

  test('is noticed by a server that did not revoke it, within a second', async () => {
    const agent = new Agent(under.url);
    await agent.register('ada@example.com');
    const other = await start();
    await other.service.administration.store.revokeKey(String(kidOf(agent)), { kind: 'key_revoked' });
    const revokedAt = performance.now();
    await vi.waitFor(async () => expect((await agent.session()).code).toBe('token_outdated'), {
      timeout: 1000,
      interval: 20,
    });
    expect(performance.now() - revokedAt).toBeLessThan(1000);
  });
});

describe('F4, A7: several servers on one database', () => {
  let shared: DatabaseUnderTest;
  let servers: readonly ServiceUnderTest[];

  beforeEach(async () => {
    shared = await createDatabase();
    servers = await Promise.all([1, 2, 3].map(() => startService(shared, { secret: SECRET })));
  });

  afterEach(async () => {
    for (const server of servers) await server.stop();
    await shared.drop();
  });

  test('that start at once make one key', async () => {
    const sets = await Promise.all(servers.map((server) => published(server)));
    expect(sets[0]?.keys).toHaveLength(2);
    for (const set of sets.slice(1)) expect(set).toEqual(sets[0]);
  });

  test('that rotate at once make one key', async () => {
    const rotated = await Promise.all(servers.map((server) => ring(server).rotate(true)));
    expect(new Set(rotated).size).toBe(1);
    for (const server of servers) await ring(server).refresh();
    const sets = await Promise.all(servers.map((server) => published(server)));
    expect(sets[0]?.keys).toHaveLength(3);
    for (const set of sets.slice(1)) expect(set).toEqual(sets[0]);
  });
});

describe('A7: the secret', () => {
  test('that decrypts no key is refused at the start', async () => {
    await expect(start({ secret: NEXT_SECRET })).rejects.toBeInstanceOf(ConfigurationError);
  });

  test('is rotated without logging anyone out: sessions, CSRF tokens and keys go on', async () => {
    const agent = new Agent(under.url);
    await agent.register('ada@example.com');
    const moved = await start({ secret: NEXT_SECRET, secretPrevious: [SECRET] });
    Object.assign(agent, { url: moved.url });
    const { store, keyVault } = moved.service.administration;
    expect((await agent.session()).status).toBe(200);
    moved.advance(121_000);
    expect((await agent.refresh()).json()).toMatchObject({ rotated: true });
    for (const key of (await store.readKeys()).keys)
      await store.reencryptKey(key.kid, keyVault.reencrypt(key));
    const after = await start({ secret: NEXT_SECRET });
    Object.assign(agent, { url: after.url });
    after.advance(122_000);
    expect((await agent.refresh()).status).toBe(200);
    await expect(start({ secret: SECRET })).rejects.toBeInstanceOf(ConfigurationError);
  });
});

describe('a server that can not confirm the states of the keys', () => {
  test('signs for 5 s more, and then not until it can', async () => {
    const { store } = under.service.administration;
    let now = 0;
    let reachable = true;
    const readKeys: typeof store.readKeys = () =>
      reachable ? store.readKeys() : Promise.reject(new StoreUnavailableError('gone'));
    const keyRing = createKeyRing({
      store: { ...store, readKeys },
      vault: createKeyVault(createSecrets(SECRET, [])),
      clock: { monotonic: () => now },
      settings: {
        algorithm: 'ES256',
        rotationInterval: DAY,
        publishAhead: 300_000,
        accessTokenLifetime: 900_000,
      },
    });
    await keyRing.refresh();
    reachable = false;
    now = 5_000;
    expect((await keyRing.signer()).algorithm).toBe('ES256');
    now = 5_001;
    await expect(keyRing.signer()).rejects.toBeInstanceOf(StoreUnavailableError);
    reachable = true;
    expect((await keyRing.signer()).algorithm).toBe('ES256');
  });
});

test('a private key in the database is of no use without the secret', async () => {
  const { keys } = await under.service.administration.store.readKeys();
  for (const key of keys) {
    expect(
      createSecrets(NEXT_SECRET, []).decrypt('signing-keys', key.encryptedPrivateKey, key.kid),
    ).toBeUndefined();
    // Bound to its name: it can not be passed off as another key.
    expect(
      createSecrets(SECRET, []).decrypt('signing-keys', key.encryptedPrivateKey, 'another'),
    ).toBeUndefined();
    expect(Buffer.from(key.encryptedPrivateKey).includes('PRIVATE')).toBe(false);
    expect(key.publicJwk).not.toContain('"d"');
  }
});
