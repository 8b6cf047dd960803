import { describe, expect, test, vi } from 'vitest';
import { REVOCATIONS_TYPE, ROUTES, formatPosition } from '@latchstring/protocol';
import { verifyJws } from '@latchstring/verifier';
import type { Agent } from '../support/agent.ts';
import { useService } from '../support/fixture.ts';
import { decodeEvent, readEvents } from './events.ts';

const shared = useService();

async function loggedIn(): Promise<{ agent: Agent; id: string }> {
  const agent = shared.agent();
  const { session } = await agent.register(shared.email());
  return { agent, id: session.id };
}

const feedUrl = (): string => shared.url + ROUTES.revocations;

describe('GET /revocations', () => {
  test('A10: a snapshot is a JWS of its own type, under the published keys', async () => {
    const { agent, id } = await loggedIn();
    await agent.post(ROUTES.logout);
    const answer = await agent.send(ROUTES.revocations);
    expect(answer.headers.get('content-type')).toBe('application/jwt');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    const jwks = (await agent.send(ROUTES.jwks)).json();
    const { header, payload } = verifyJws(answer.text, jwks, { algorithms: ['ES256'] });
    expect(header).toMatchObject({ typ: REVOCATIONS_TYPE });
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
      iss: 'http://localhost:4000',
      snapshot: true,
      retention: 1020,
      entries: expect.arrayContaining([{ kind: 'session', id }]) as unknown,
    });
  });

  test('attack 46: no event passes for an access token', async () => {
    const { text } = await shared.agent().send(ROUTES.revocations);
    const headers = { authorization: `Bearer ${text}` };
    expect((await shared.agent().send(ROUTES.session, { headers })).code).toBe('token_wrong_type');
  });

  test('A10: a stream goes on where a reader left it, in order and without gaps', async () => {
    const people = [await loggedIn(), await loggedIn(), await loggedIn()];
    const { epoch, seq } = decodeEvent((await shared.agent().send(ROUTES.revocations)).text);
    const first = readEvents(feedUrl());
    await first.next();
    for (const { agent } of people) await agent.post(ROUTES.logout);
    await first.find((event) => event.seq === seq + 3);
    await first.close();

    const again = readEvents(feedUrl(), { 'last-event-id': formatPosition({ epoch, seq: seq + 1 }) });
    for (const index of [1, 2]) {
      expect(await again.next()).toMatchObject({
        seq: seq + index + 1,
        after: seq + index,
        entries: [{ kind: 'session', id: people[index]?.id }],
      });
    }
    await again.close();
  });

  test.each([['nonsense'], ['0123456789abcdef.5'], ['.'], ['x.99999999999999']])(
    'a stream after a place that is none begins with a snapshot: %s',
    async (id) => {
      const events = readEvents(feedUrl(), { 'last-event-id': id });
      expect((await events.next()).snapshot).toBe(true);
      await events.close();
    },
  );

  test('a reader hears every second that the feed is alive, and its time rises', async () => {
    const events = readEvents(feedUrl());
    const times: number[] = [];
    while (times.length < 3) {
      const event = await events.find(({ entries, snapshot }) => entries.length === 0 && snapshot !== true);
      times.push(event.time);
    }
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(3);
    await events.close();
  });

  test('a long poll answers as soon as there is something, a JWS a line', async () => {
    const { agent, id } = await loggedIn();
    const here = decodeEvent((await agent.send(ROUTES.revocations)).text);
    const waiting = shared.agent().send(`${ROUTES.revocations}?after=${formatPosition(here)}&wait=30`);
    await agent.post(ROUTES.logout);
    const lines = (await waiting).text.trim().split('\n').map(decodeEvent);
    expect(lines.at(-1)).toMatchObject({ after: here.seq, entries: [{ kind: 'session', id }] });
  });

  test.each([['after=nonsense'], ['after=a.1&wait=99'], ['after=a.1&wait=-1'], ['unknown=1']])(
    'a long poll that makes no sense is refused: %s',
    async (query) => {
      expect((await shared.agent().send(`${ROUTES.revocations}?${query}`)).code).toBe('request_invalid');
    },
  );
});

describe('after a key was revoked', () => {
  test('A9, attack 21: nothing goes out any more that it has signed, to old readers and to new ones', async () => {
    const { agent } = await loggedIn();
    const here = decodeEvent((await agent.send(ROUTES.revocations)).text);
    await agent.post(ROUTES.logout);
    const { store } = shared.service.administration;
    const { keys } = await store.readKeys();
    const kid = keys.find(({ state }) => state === 'current')?.kid ?? '';
    await store.revokeKey(kid, { kind: 'key_revoked', detail: { kid } });

    const verify = (jws: string, jwks: unknown): unknown => verifyJws(jws, jwks, { algorithms: ['ES256'] });
    // As soon as this process has heard of it, well within the second that is promised.
    await vi.waitFor(async () => {
      const jwks = (await agent.send(ROUTES.jwks)).json<{ keys: { kid: string }[] }>();
      expect(jwks.keys.map((key) => key.kid)).not.toContain(kid);
      const { text } = await agent.send(`${ROUTES.revocations}?after=${formatPosition(here)}&wait=10`);
      const events = text.trim().split('\n');
      for (const event of events) verify(event, jwks);
      expect(events.flatMap((event) => decodeEvent(event).entries)).toContainEqual({ kind: 'key', kid });
      verify((await agent.send(ROUTES.revocations)).text, jwks);
    });
  });
});

describe('with HS256', () => {
  const secret = 'mV3pQ9xT2bNcY7wLr5uKzD1sHgFjE8aO4iUeXtRqWvM';
  const hs256 = useService({ hs256Secret: secret });

  test('A5: the events are signed under a key derived from the secret, not under the secret', async () => {
    const { text } = await hs256.agent().send(ROUTES.revocations);
    const jwks = { keys: [{ kty: 'oct', k: Buffer.from(secret).toString('base64url') }] };
    expect(() => verifyJws(text, jwks, { algorithms: ['HS256'] })).toThrow();
    expect(decodeEvent(text)).toMatchObject({ snapshot: true });
  });
});
