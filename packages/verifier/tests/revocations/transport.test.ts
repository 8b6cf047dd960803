import { describe, expect, it } from 'vitest';
import { createScene, type Scene } from './setup.ts';

const ended = { kind: 'session', id: '018f6d2a-0000-7000-8000-000000000002' } as const;

/** Lets two streams fall silent, after which long polls take their place. */
async function fallBack(scene: Scene): Promise<void> {
  expect(await scene.judge()).toBe('accept');
  for (let n = 1; n <= 2; n++) {
    await scene.world.until(() => scene.issuer.streams.size === 1, 'a stream');
    scene.world.advance(3);
    await scene.world.until(() => scene.issuer.streams.size === 0, 'its end');
    scene.world.advance(1);
  }
  await scene.world.until(() => scene.issuer.polls === 1, 'a long poll');
}

describe('behind a proxy that holds streams back', () => {
  it.each(['held', 'headless'] as const)('(%s) long polls take their place', async (streaming) => {
    const scene = await createScene();
    scene.issuer.streaming = streaming;
    await fallBack(scene);
    expect(scene.status).toMatchObject({ transport: 'poll', state: 'fresh' });
    scene.issuer.revoke(ended);
    await scene.world.until(() => scene.status.position === scene.issuer.position, 'the revocation');
    expect(await scene.judge()).toBe('token_revoked');
    // Long polls bring a heartbeat when they have waited: for so long, and two seconds, the feed is fresh.
    scene.world.advance(10);
    await scene.world.until(() => scene.issuer.polls === 1, 'a long poll');
    scene.issuer.endPolls();
    await scene.world.until(() => scene.status.staleness === 0, 'the heartbeat');
    scene.world.advance(11.9);
    expect(scene.status.state).toBe('fresh');
    scene.world.advance(0.2);
    expect(scene.status.state).toBe('late');
    expect(scene.issuer.requests.slice(0, 7)).toEqual([
      'snapshot',
      'stream first.10',
      'snapshot',
      'stream first.10',
      'snapshot',
      'poll first.10',
      'poll first.11',
    ]);
  });

  it('a long poll finds gaps as well', async () => {
    const scene = await createScene();
    scene.issuer.streaming = 'held';
    await fallBack(scene);
    scene.issuer.entries.push(ended);
    scene.issuer.restore('second', 3);
    scene.issuer.endPolls();
    await scene.world.until(() => scene.status.position === 'second.3', 'the new place');
    expect(await scene.judge()).toBe('token_revoked');
  });

  it('streams are tried now and then, beside the polls, and used again when they get through', async () => {
    const scene = await createScene();
    scene.issuer.streaming = 'held';
    await fallBack(scene);
    const probes = (): number => scene.issuer.requests.filter((line) => line.startsWith('stream')).length - 2;
    await scene.pass(70, undefined);
    expect(probes()).toBe(1);
    expect(scene.status).toMatchObject({ transport: 'poll', state: 'fresh' });
    scene.issuer.streaming = 'right';
    for (let i = 0; i < 200 && probes() === 1; i++) {
      scene.world.advance(1);
      scene.issuer.endPolls();
      await scene.world.settle(() => probes() > 1, 20);
    }
    // Once it is tried the clock stands still, however long the machine takes: it would take the try for one that is held back.
    const isThrough = (): boolean => {
      scene.issuer.beat();
      return scene.status.transport === 'stream';
    };
    await scene.world.until(isThrough, 'the stream');
    scene.world.advance(1);
    await scene.world.until(() => scene.issuer.polls === 0, 'the end of the polls');
    await scene.follow();
    await scene.live(3);
    expect(scene.status).toMatchObject({ transport: 'stream', state: 'fresh' });
  });

  it('does not ask in a loop where long polls come back at once with nothing', async () => {
    const scene = await createScene({ maxStaleness: 5 });
    scene.issuer.streaming = 'held';
    await fallBack(scene);
    scene.issuer.endPolls();
    await scene.world.until(() => scene.status.staleness === 0, 'a heartbeat');
    const before = scene.issuer.requests.length;
    for (let i = 0; i < 20; i++) {
      scene.world.advance(0.1);
      scene.issuer.wakePolls();
      await scene.world.settle(() => false, 5);
    }
    expect(scene.issuer.requests.length - before).toBeLessThan(12);
  });
});

describe('an issuer that has nothing to say', () => {
  it.each([
    [503, {}],
    [302, { location: '/elsewhere' }],
    [200, { 'content-type': 'text/html' }],
  ])('is not taken for a feed: %i %j', async (status, headers) => {
    const scene = await createScene();
    scene.issuer.refuses = { status, headers };
    expect(await scene.judge()).toBe('revocations_stale');
    scene.world.advance(1);
    await scene.world.until(() => scene.issuer.requests.length === 2, 'the next attempt');
    expect(scene.failures).toEqual(['not_a_feed']);
    expect(scene.issuer.requests).toEqual(['snapshot', 'snapshot']);
    scene.issuer.refuses = undefined;
    await scene.pass(10, 'fresh');
    expect(scene.status.transport).toBe('stream');
  });

  it('because its database is down: streams stay the way once it is back', async () => {
    const scene = await createScene();
    await scene.follow();
    scene.issuer.streaming = 'held';
    await scene.world.until(() => scene.issuer.streams.size === 1);
    for (let n = 0; n < 3; n++) {
      scene.world.advance(4);
      await scene.world.settle(() => false, 20);
      scene.issuer.refuses = { status: 503, headers: {} };
    }
    expect(scene.status.state).toBe('late');
    Object.assign(scene.issuer, { streaming: 'right', refuses: undefined });
    await scene.pass(10, 'fresh');
    expect(scene.status.transport).toBe('stream');
  });
});

describe('a network that cannot be reached', () => {
  it('is no proxy that holds streams back', async () => {
    const scene = await createScene();
    await scene.follow();
    scene.issuer.cut();
    await scene.pass(12);
    expect(scene.status).toMatchObject({ transport: 'stream', state: 'late' });
  });
});
