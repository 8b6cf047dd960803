import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import type { LoginAnswer, ProblemDocument, RefreshAnswer } from '@latchstring/protocol';
import { createVerifier, remoteKeys } from '@latchstring/verifier';
import type { Verifier } from '@latchstring/verifier';
import { createGuard, principalOf } from '@latchstring/verifier/express';
import type { LatchstringOptions } from '../../src/config/options.ts';
import { useService } from '../support/fixture.ts';
import type { SharedService } from '../support/fixture.ts';
import { ISSUER, PASSWORD } from '../support/service.ts';

/** What a revocation may take from the answer to who asked for it, to its refusal by a backend. Milliseconds. */
const PROMISE = 1000;

const NEW_PASSWORD = 'nine loud geese under the bridge';
const HS256_SECRET = '6nq2Yv0Wk3Zr8uB1xJ5hT7mC9pL4sD2fG6aQ0eR8iUo';

/** A person of a client that keeps bearer tokens. */
interface Person {
  readonly email: string;
  access: string;
  refresh: string;
}

/** A backend of its own beside the service: Express, a verifier, and nothing in common but the issuer's address. */
interface Backend {
  readonly verifier: Verifier;
  /** What its protected route answers to a token: its status, or the code of its refusal. */
  call(token: string): Promise<number | string>;
  /** The code that refuses a token, as soon as one does; throws when the promise is broken. */
  refusal(token: string): Promise<number | string>;
}

function useBackend(shared: SharedService, secret?: string): Backend {
  let server: Server;
  let verifier: Verifier;
  const backend: Backend = {
    get verifier() {
      return verifier;
    },
    async call(token) {
      const { port } = server.address() as AddressInfo;
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`http://localhost:${port}/me`, { headers });
      return response.ok ? response.status : ((await response.json()) as ProblemDocument).code;
    },
    async refusal(token) {
      const deadline = performance.now() + PROMISE;
      for (;;) {
        const answer = await backend.call(token);
        if (typeof answer === 'string') return answer;
        if (performance.now() > deadline) throw new Error(`still accepted after ${PROMISE} ms`);
        await setImmediate();
      }
    },
  };
  beforeAll(async () => {
    const origin = `http://localhost:${new URL(shared.url).port}`;
    const revocations = { url: origin + ROUTES.revocations };
    const audience = shared.service.settings.audience;
    verifier = createVerifier({
      issuer: ISSUER,
      audience,
      revocations,
      ...(secret === undefined ? { keys: remoteKeys({ url: origin + ROUTES.jwks }) } : { secret }),
    });
    const guard = createGuard(verifier);
    const app = express();
    app.get('/me', guard.required(), (request, response) => void response.json(principalOf(request).subject));
    server = createServer(app).listen(0, 'localhost');
    await once(server, 'listening');
  });
  afterAll(async () => {
    await verifier.close();
    server.close();
    server.closeAllConnections();
  });
  return backend;
}

async function signUp(shared: SharedService): Promise<Person> {
  const email = shared.email();
  const answer = await shared.agent().registerBearer(email);
  return { email, access: answer.access_token, refresh: answer.refresh_token };
}

async function logIn(shared: SharedService, email: string): Promise<Person> {
  const body = { email, password: PASSWORD, mode: 'bearer' };
  const answer = await shared.agent().post(ROUTES.login, body, { origin: undefined });
  const { access_token: access = '', refresh_token: refresh = '' } = answer.json<LoginAnswer>();
  return { email, access, refresh };
}

/** What a client does on `token_outdated`. */
async function refresh(shared: SharedService, person: Person): Promise<string | undefined> {
  const body = { refresh_token: person.refresh };
  const answer = await shared.agent().post(ROUTES.refresh, body, { origin: undefined });
  if (answer.status !== 200) return answer.code;
  const tokens = answer.json<RefreshAnswer>();
  person.access = tokens.access_token ?? '';
  person.refresh = tokens.refresh_token ?? person.refresh;
  return undefined;
}

describe.each<[string, Partial<LatchstringOptions>, string | undefined]>([
  ['ES256', {}, undefined],
  ['a shared secret', { hs256Secret: HS256_SECRET }, HS256_SECRET],
])('a backend that follows the feed (%s)', (_name, options, secret) => {
  const shared = useService(options);
  const backend = useBackend(shared, secret);

  test('attack 50, attack 68: refuses a session that was logged out, within a second', async () => {
    const person = await signUp(shared);
    expect(await backend.call(person.access)).toBe(200);
    expect((await shared.agent().bearer(ROUTES.logout, person.access, { method: 'POST' })).status).toBe(204);
    expect(await backend.refusal(person.access)).toBe('token_revoked');
    expect(await refresh(shared, person)).toBe('session_ended');
  });

  test('A9: one device ends another, or all of them', async () => {
    const phone = await signUp(shared);
    const laptop = await logIn(shared, phone.email);
    const tablet = await logIn(shared, phone.email);
    const [, sid = ''] = /"sid":"([^"]+)"/.exec(
      Buffer.from(laptop.access.split('.')[1] ?? '', 'base64url').toString(),
    ) ?? [''];
    const path = `${ROUTES.sessions}/${sid}`;
    expect((await shared.agent().bearer(path, phone.access, { method: 'DELETE' })).status).toBe(204);
    expect(await backend.refusal(laptop.access)).toBe('token_revoked');
    expect(await backend.call(phone.access)).toBe(200);
    const all = await shared.agent().bearer(ROUTES.logoutAll, phone.access, { method: 'POST' });
    expect(all.status).toBe(204);
    expect(await backend.refusal(tablet.access)).toBe('token_revoked');
    expect(await backend.refusal(phone.access)).toBe('token_revoked');
  });

  test('attack 51: a password change ends the other sessions, and its own goes on with fresh tokens', async () => {
    const own = await signUp(shared);
    const stolen = await logIn(shared, own.email);
    expect(await backend.call(stolen.access)).toBe(200);
    const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    const before = own.access;
    const changed = await shared.agent().bearer(ROUTES.passwordChange, own.access, { method: 'POST', body });
    expect(changed.status).toBe(200);
    expect(await backend.refusal(stolen.access)).toBe('token_revoked');
    expect(await backend.refusal(before)).toBe('token_outdated');
    const { access_token: access, refresh_token: next } = changed.json<LoginAnswer>();
    Object.assign(own, { access: access ?? '', refresh: next ?? own.refresh });
    expect(await backend.call(own.access)).toBe(200);
  });

  test('attack 51: a person who was disabled', async () => {
    const person = await signUp(shared);
    expect(await backend.call(person.access)).toBe(200);
    await shared.service.administration.accounts.disable(person.email, 'ban');
    expect(await backend.refusal(person.access)).toBe('token_revoked');
  });

  test('attack 51, C6: other roles: the client refreshes once and goes on with them', async () => {
    const person = await signUp(shared);
    expect(await backend.call(person.access)).toBe(200);
    await shared.service.administration.accounts.setRoles(person.email, ['editor']);
    expect(await backend.refusal(person.access)).toBe('token_outdated');
    expect(await refresh(shared, person)).toBeUndefined();
    expect(await backend.call(person.access)).toBe(200);
    const claims = await backend.verifier.verifyToken(person.access);
    expect(claims.roles).toEqual(['editor']);
  });

  test('A9: one token by its jti', async () => {
    const person = await signUp(shared);
    expect(await backend.call(person.access)).toBe(200);
    const body = new URLSearchParams({ token: person.access });
    expect((await fetch(shared.url + ROUTES.revoke, { method: 'POST', body })).status).toBe(200);
    expect(await backend.refusal(person.access)).toBe('token_outdated');
    expect(await refresh(shared, person)).toBeUndefined();
    expect(await backend.call(person.access)).toBe(200);
  });

  test('A10: no request of all these made a call of its own', () => {
    const { state, reconnects, gaps, rejected, transport } = backend.verifier.revocations.status;
    expect({ state, reconnects, gaps, rejected, transport }).toEqual({
      state: 'fresh',
      reconnects: 0,
      gaps: 0,
      rejected: 0,
      transport: 'stream',
    });
  });
});

describe('a backend that follows the feed, when a key is revoked', () => {
  const shared = useService();
  const backend = useBackend(shared);

  test('attack 21: refuses what the key has signed, and the client goes on under the next one', async () => {
    const person = await signUp(shared);
    expect(await backend.call(person.access)).toBe(200);
    const { keyRing, store } = shared.service.administration;
    const [header = ''] = person.access.split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly kid: string };
    await store.revokeKey(kid, { kind: 'key_revoked', detail: { kid } });
    expect(await backend.refusal(person.access)).toBe('token_outdated');
    await keyRing?.refresh();
    expect(await refresh(shared, person)).toBeUndefined();
    expect(await backend.call(person.access)).toBe(200);
    // The feed goes on under the next key too.
    expect((await shared.agent().bearer(ROUTES.logout, person.access, { method: 'POST' })).status).toBe(204);
    expect(await backend.refusal(person.access)).toBe('token_revoked');
  });
});
