import { hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { remoteKeys } from '../../src/index.ts';
import { hmac, judge, KEY, request, testKey, token, verdict, type Json, type TestKey } from '../support.ts';
import { signEvent } from './issuer.ts';
import { createScene, type Scene } from './setup.ts';

const SESSION = '018f6d2a-0000-7000-8000-000000000002';
const ended = { kind: 'session', id: SESSION } as const;
const other = (n: number) => ({ kind: 'session', id: `other-${String(n)}` }) as const;

/** Waits until the verifier has come to the issuer's place in the log. */
async function caughtUp({ world, issuer, verifier }: Scene): Promise<void> {
  await world.until(() => verifier.revocations.status.position === issuer.position, 'the place in the log');
}

describe('what is revoked', () => {
  it('attack 50: a session that was ended is refused, by tokens that were seen before too', async () => {
    const scene = await createScene();
    const seen = token();
    expect(await judge(seen, scene.verifier)).toBe('accept');
    await scene.follow();
    scene.issuer.revoke(ended);
    await caughtUp(scene);
    expect(await judge(seen, scene.verifier)).toBe('token_revoked');
    expect(await scene.judge({ ver: 99 })).toBe('token_revoked');
    expect(await scene.judge({ sid: 'another' })).toBe('accept');
  });

  it('attack 50: one token by its jti, and all sessions of a user', async () => {
    const scene = await createScene();
    await scene.follow();
    scene.issuer.revoke({ kind: 'token', jti: 'a' }, other(1), other(2));
    await caughtUp(scene);
    expect(await scene.judge({ jti: 'a' })).toBe('token_outdated');
    expect(await scene.judge({ jti: 'b' })).toBe('accept');
    expect(await scene.judge({ sid: 'other-1' })).toBe('token_revoked');
    expect(await scene.judge({ sid: 'other-2' })).toBe('token_revoked');
  });

  it('attack 51: tokens from before a change of rights are outdated, later ones pass', async () => {
    const scene = await createScene();
    await scene.follow();
    scene.issuer.revoke({ ...ended, below: 3 });
    await caughtUp(scene);
    expect(await scene.judge({ ver: 2 })).toBe('token_outdated');
    expect(await scene.judge({ ver: 3 })).toBe('accept');
    // A lower mark takes nothing back, and an end goes before all marks.
    scene.issuer.revoke({ ...ended, below: 2 });
    await caughtUp(scene);
    expect(await scene.judge({ ver: 2 })).toBe('token_outdated');
    scene.issuer.revoke(ended);
    scene.issuer.revoke({ ...ended, below: 3 });
    await caughtUp(scene);
    expect(await scene.judge({ ver: 3 })).toBe('token_revoked');
  });

  it('attack 21: a revoked key is outdated before it is looked for, and for tokens seen before', async () => {
    const scene = await createScene();
    const seen = token();
    await judge(seen, scene.verifier);
    await scene.follow();
    scene.issuer.revoke({ kind: 'key', kid: KEY.kid }, { kind: 'key', kid: 'gone' });
    await caughtUp(scene);
    expect(await judge(seen, scene.verifier)).toBe('token_outdated');
    expect(await scene.judge()).toBe('token_outdated');
    expect(await judge(token({}, { kid: 'gone' }), scene.verifier)).toBe('token_outdated');
    // Nor does it sign the feed from then on.
    scene.issuer.revoke(other(1));
    await scene.world.until(() => scene.status.rejected === 1, 'the refusal of the event');
  });

  it('checks in the order of the contract', async () => {
    const scene = await createScene();
    await scene.follow();
    scene.issuer.revoke(ended, { kind: 'key', kid: 'gone' });
    await caughtUp(scene);
    expect(await judge(token({ exp: 1 }, { kid: 'gone' }), scene.verifier)).toBe('token_outdated');
    expect(await judge(token({ exp: 1 }, { kid: 'gone', typ: 'JWT' }), scene.verifier)).toBe(
      'token_wrong_type',
    );
    expect(await scene.judge({ exp: 1 })).toBe('token_expired');
    const authorization = `Bearer ${scene.token()}`;
    const facts = request({ authorization });
    expect(await verdict(() => scene.verifier.verifyRequest(facts, { roles: ['admin'] }))).toBe(
      'token_revoked',
    );
  });

  it('A10: no request makes a call, once the feed is there', async () => {
    const scene = await createScene();
    await scene.follow();
    const before = scene.issuer.requests.length;
    for (let i = 0; i < 100; i++) expect(scene.verifier.verifyToken(token())).not.toBeInstanceOf(Promise);
    expect(scene.issuer.requests.length).toBe(before);
    expect(scene.issuer.requests).toEqual(['snapshot', 'stream first.10']);
  });

  it('A9: what was revoked before the start is in the snapshot', async () => {
    const scene = await createScene();
    scene.issuer.entries.push(ended);
    expect(await scene.judge()).toBe('token_revoked');
    expect(await scene.judge({ sid: 'another' })).toBe('accept');
  });
});

describe('a feed that is not as it should be', () => {
  it('ignores what is repeated', async () => {
    const scene = await createScene();
    await scene.follow();
    const first = scene.issuer.record(other(1));
    const second = scene.issuer.record(other(2));
    scene.issuer.tell(first, first, second, first, second);
    await caughtUp(scene);
    await scene.live(3);
    expect(scene.status).toMatchObject({ state: 'fresh', gaps: 0, reconnects: 0, entries: 2 });
  });

  it.each([
    ['dropped', (texts: string[]) => texts.slice(1)],
    ['reordered', (texts: string[]) => texts.toReversed()],
  ])('loads a snapshot where events are %s, and loses nothing', async (_name, distort) => {
    const scene = await createScene();
    await scene.follow();
    const texts = [scene.issuer.record(ended), scene.issuer.record(other(1))];
    scene.issuer.tell(...distort(texts));
    await scene.world.until(() => scene.status.gaps > 0, 'the gap');
    scene.world.advance(1);
    await caughtUp(scene);
    expect(await scene.judge()).toBe('token_revoked');
    await scene.follow();
    await scene.live(3);
    expect(scene.status).toMatchObject({ state: 'fresh', gaps: 1, reconnects: 1 });
  });

  it('finds by the next heartbeat that the last event was dropped', async () => {
    const scene = await createScene();
    await scene.follow();
    scene.issuer.record(ended);
    scene.world.advance(1);
    scene.issuer.beat();
    await scene.world.until(() => scene.status.gaps === 1, 'the gap');
    scene.world.advance(1);
    await caughtUp(scene);
    expect(await scene.judge()).toBe('token_revoked');
  });

  it.each([
    ['another epoch', 'second', 3],
    ['another epoch at a later place', 'second', 30],
    ['a lower place in the same epoch', 'first', 3],
  ])('a database that was restored (%s): a snapshot, and what was known stays', async (_name, epoch, seq) => {
    const scene = await createScene();
    await scene.follow();
    scene.issuer.revoke(ended);
    await caughtUp(scene);
    scene.issuer.entries = [];
    scene.issuer.restore(epoch, seq);
    scene.issuer.revoke(other(1));
    await scene.world.until(() => scene.status.gaps === 1, 'the gap');
    scene.world.advance(1);
    await caughtUp(scene);
    expect(await scene.judge()).toBe('token_revoked');
    expect(await scene.judge({ sid: 'other-1' })).toBe('token_revoked');
    await scene.follow();
    expect(scene.status.state).toBe('fresh');
  });

  it('comes back after a restart of the issuer and hears what it missed', async () => {
    const scene = await createScene();
    await scene.follow();
    for (const stream of scene.issuer.streams) stream.end();
    scene.issuer.record(ended);
    await scene.world.until(() => scene.issuer.streams.size === 0, 'the end');
    scene.world.advance(1);
    await caughtUp(scene);
    expect(await scene.judge()).toBe('token_revoked');
    expect(scene.issuer.requests).toEqual(['snapshot', 'stream first.10', 'stream first.10']);
    expect(scene.failures).toEqual([]);
  });

  const forger = testKey('ES256', KEY.kid);
  it.each<[string, (scene: Scene) => string]>([
    ['a wrong key', ({ issuer }) => signEvent(issuer.claims(), { key: forger })],
    ['an unknown key', ({ issuer }) => signEvent(issuer.claims(), { key: testKey('ES256', 'x') })],
    ['no type', ({ issuer }) => signEvent(issuer.claims(), { header: { typ: undefined } })],
    ['the type of access tokens', ({ issuer }) => signEvent(issuer.claims(), { header: { typ: 'at+jwt' } })],
    ['an access token', () => token()],
    ['alg none', ({ issuer }) => signEvent(issuer.claims(), { header: { alg: 'none' } })],
    ['another issuer', ({ issuer }) => signEvent(issuer.claims({ iss: 'https://evil.example.com' }))],
    [
      'an issuer with a slash',
      ({ issuer }) => signEvent(issuer.claims({ iss: 'https://auth.example.com/' })),
    ],
    ['seq as text', ({ issuer }) => signEvent(issuer.claims({ seq: '10' }))],
    ['after beyond seq', ({ issuer }) => signEvent(issuer.claims({ after: 11 }))],
    ['entries without a step', ({ issuer }) => signEvent(issuer.claims({ entries: [ended] }))],
    [
      'an unknown kind',
      ({ issuer }) => signEvent(issuer.claims({ seq: 11, entries: [{ kind: 'user', id: 'x' }] })),
    ],
    [
      'an entry without id',
      ({ issuer }) => signEvent(issuer.claims({ seq: 11, entries: [{ kind: 'session' }] })),
    ],
    [
      'below as text',
      ({ issuer }) => signEvent(issuer.claims({ seq: 11, entries: [{ ...ended, below: '3' }] })),
    ],
    ['no time', ({ issuer }) => signEvent(issuer.claims({ time: undefined }))],
    ['a list as payload', () => signEvent([] as never)],
    ['what is no JWS', () => 'hello'],
    ['snapshot: false', ({ issuer }) => signEvent(issuer.claims({ snapshot: false }))],
  ])('refuses an event with %s, and does not count it as a sign of life', async (_name, make) => {
    const scene = await createScene();
    await scene.follow();
    scene.world.advance(2.5);
    scene.issuer.tell(make(scene));
    await scene.world.until(() => scene.status.rejected === 1, 'the refusal');
    expect(scene.status).toMatchObject({ state: 'late', position: 'first.10' });
    expect(scene.status.entries).toBe(0);
    scene.issuer.beat();
    await scene.world.until(() => scene.status.state === 'fresh', 'the heartbeat');
  });

  it('does not begin with a snapshot that is not to be trusted', async () => {
    const scene = await createScene();
    scene.issuer.signing = { key: forger };
    expect(await scene.judge()).toBe('revocations_stale');
    expect(scene.status).toMatchObject({ state: 'starting', rejected: 1 });
    expect(scene.failures).toEqual(['untrusted_event']);
    scene.issuer.signing = {};
    scene.world.advance(1);
    await caughtUp(scene);
    expect(await scene.judge()).toBe('accept');
  });

  it('does not begin with what is no snapshot, and follows no redirect', async () => {
    const heartbeat = await createScene();
    heartbeat.issuer.snapshot = () => signEvent(heartbeat.issuer.claims());
    expect(await heartbeat.judge()).toBe('revocations_stale');
    expect(heartbeat.failures).toEqual(['not_a_feed']);
    const seen: string[] = [];
    const redirecting = await createScene({
      fetch: (url, init) => {
        seen.push(`${url} ${String(init.redirect)} ${String(init.credentials)}`);
        return Promise.resolve(new Response('', { status: 302, headers: { location: '/other' } }));
      },
    });
    expect(await redirecting.judge()).toBe('revocations_stale');
    expect(seen).toEqual([`${redirecting.issuer.url} error omit`]);
    expect(redirecting.failures).toEqual(['not_a_feed']);
  });

  it('stops reading what is larger than an event may be', async () => {
    const scene = await createScene({ maxBytes: 2000 });
    await scene.follow();
    scene.issuer.tell('x'.repeat(2001));
    await scene.world.until(() => scene.failures.length === 1, 'the failure');
    scene.issuer.entries = Array.from({ length: 100 }, (_, n) => other(n));
    const fresh = await createScene({ maxBytes: 2000 });
    fresh.issuer.entries = scene.issuer.entries;
    expect(await fresh.judge()).toBe('revocations_stale');
    expect([scene.failures, fresh.failures]).toEqual([['not_a_feed'], ['not_a_feed']]);
  });

  it('with a shared secret, events are signed under a key that is derived from it', async () => {
    const secret = randomBytes(32);
    const derived = Buffer.from(hkdfSync('sha256', secret, '', 'latchstring/revocations/v1', 32));
    const signer = (key: Buffer): TestKey => ({ ...KEY, kid: 'revocations', alg: 'HS256', sign: hmac(key) });
    const scene = await createScene({}, { secret });
    const judgeShared = (changes: Json = {}): Promise<string> =>
      judge(
        token({ exp: Math.floor(scene.world.now()) + 900, ...changes }, {}, signer(secret)),
        scene.verifier,
      );
    scene.issuer.signing = { key: signer(secret) };
    expect(await judgeShared()).toBe('revocations_stale');
    expect(scene.failures).toEqual(['untrusted_event']);
    scene.issuer.signing = { key: signer(derived) };
    scene.issuer.entries.push(ended);
    scene.world.advance(1);
    await caughtUp(scene);
    expect(await judgeShared()).toBe('token_revoked');
    expect(await judgeShared({ sid: 'another' })).toBe('accept');
    // Nor is the derived key good for tokens.
    expect(await judge(token({}, {}, signer(derived)), scene.verifier)).toBe('token_untrusted');
  });

  it('an unknown key in the feed reloads the keys, at most once a second', async () => {
    const world = { time: 100 };
    const next = testKey('ES256', 'next');
    let published = [KEY.jwk];
    let loads = 0;
    const keys = remoteKeys({
      url: 'https://auth.example.com/jwks.json',
      now: () => world.time,
      fetch: () => {
        loads++;
        return Promise.resolve(Response.json({ keys: published }));
      },
    });
    const scene = await createScene({}, { keys });
    await scene.follow();
    expect(loads).toBe(1);
    scene.issuer.signing = { key: next };
    scene.issuer.tell(...Array.from({ length: 5 }, () => signEvent(scene.issuer.claims(), { key: next })));
    await scene.world.until(() => scene.status.rejected === 5, 'the refusals');
    expect(loads).toBe(1);
    world.time += 1;
    published = [KEY.jwk, next.jwk];
    scene.issuer.revoke(ended);
    await caughtUp(scene);
    expect(loads).toBe(2);
    // Tokens do not get to load more often by it.
    world.time += 29;
    expect(await judge(token({}, { kid: 'x' }), scene.verifier)).toBe('token_untrusted');
    expect(loads).toBe(2);
  });
});
