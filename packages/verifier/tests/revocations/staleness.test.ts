import { describe, expect, it } from 'vitest';
import { VerificationError, type FeedClock } from '../../src/index.ts';
import { token } from '../support.ts';
import { createScene, type Scene } from './setup.ts';
import { World } from './world.ts';

async function refusal(scene: Scene): Promise<VerificationError> {
  try {
    await scene.verifier.verifyToken(token({ exp: scene.world.now() + 900 }));
  } catch (error) {
    if (error instanceof VerificationError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('a network that is cut', () => {
  it('for 5 s: accepts and counts, then is fresh again', async () => {
    const scene = await createScene();
    await scene.follow();
    await scene.live(10);
    scene.issuer.cut();
    await scene.world.until(() => scene.issuer.streams.size === 0, 'the cut');
    scene.world.advance(1.9);
    expect(await scene.judge()).toBe('accept');
    expect(scene.status).toMatchObject({ state: 'fresh', acceptedLate: 0 });
    for (let second = 0; second < 3; second++) {
      scene.world.advance(1);
      await scene.world.until(() => scene.failures.length > 0, 'a failed attempt');
      expect(await scene.judge()).toBe('accept');
    }
    expect(scene.status).toMatchObject({ state: 'late', acceptedLate: 3, refusedStale: 0 });
    scene.issuer.isCut = false;
    scene.issuer.record({ kind: 'session', id: 'missed' });
    await scene.pass(20, 'fresh');
    expect(scene.status).toMatchObject({ state: 'fresh', transport: 'stream' });
    expect(await scene.judge({ sid: 'missed' })).toBe('token_revoked');
    expect(scene.failures).toEqual(['unreachable']);
  });

  it('for 40 s: closes the routes that did not choose, with 503 and never 401, and then opens them', async () => {
    const scene = await createScene();
    await scene.follow();
    scene.issuer.revoke({ kind: 'session', id: 'ended' });
    await scene.live(3);
    scene.issuer.cut();
    scene.world.advance(29);
    expect(await scene.judge()).toBe('accept');
    expect(await scene.judgeRoute('closed')).toBe('accept');
    scene.world.advance(11);
    const error = await refusal(scene);
    expect(error).toMatchObject({ code: 'revocations_stale', status: 503 });
    expect(error.headers).toEqual({ 'retry-after': '5' });
    expect(await scene.judgeRoute('closed')).toBe('revocations_stale');
    expect(await scene.judgeRoute('open')).toBe('accept');
    expect(await scene.judgeRoute('opne' as never)).toBe('revocations_stale');
    // What is known for certain is said for certain, and whoever has no token is told so.
    expect(await scene.judge({ sid: 'ended' })).toBe('token_revoked');
    expect(await scene.judge({ exp: 1 })).toBe('token_expired');
    expect(scene.status).toMatchObject({ state: 'stale', acceptedStale: 1, refusedStale: 3 });
    scene.issuer.isCut = false;
    await scene.pass(20, 'fresh');
    expect(await scene.judgeRoute('closed')).toBe('accept');
    expect(await scene.judge({ sid: 'ended' })).toBe('token_revoked');
  });

  it('a verifier whose default is open stays open, a route that asks to close closes', async () => {
    const scene = await createScene({ onStale: 'open', maxStaleness: 10 });
    await scene.follow();
    scene.issuer.cut();
    scene.world.advance(11);
    expect(await scene.judge()).toBe('accept');
    expect(await scene.judgeRoute('closed')).toBe('revocations_stale');
  });

  it('a stream that falls silent for 3 s is opened anew', async () => {
    const scene = await createScene();
    await scene.follow();
    const [first] = scene.issuer.streams;
    scene.world.advance(3.1);
    await scene.world.until(() => !scene.issuer.streams.has(first!), 'the end of the first');
    scene.world.advance(0.5);
    await scene.follow();
    expect(scene.status).toMatchObject({ reconnects: 1, transport: 'stream', state: 'fresh' });
  });

  it('waits the longer the more often it failed, within bounds and with jitter', async () => {
    const waits: number[] = [];
    const world = new World();
    const clock: FeedClock = {
      monotonic: () => world.monotonic(),
      after(seconds, action) {
        waits.push(seconds);
        return world.after(seconds, action);
      },
    };
    const down = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'));
    const scene = await createScene({ clock, fetch: down, random: () => 0.5 });
    expect(await scene.judge()).toBe('revocations_stale');
    // Ten is what a snapshot may take, and one what the request has waited.
    const pauses = (): number[] => waits.filter((wait) => wait !== 10).slice(1);
    for (let n = 0; n < 8; n++) {
      await world.until(() => pauses().length > n, 'the pause');
      world.advance(pauses()[n] ?? 0);
    }
    expect(pauses().slice(0, 8)).toEqual([0.25, 0.5, 1, 2, 2.5, 2.5, 2.5, 2.5]);
    expect(scene.failures).toEqual(['unreachable']);
  });
});

describe('clocks', () => {
  it.each([3600, -3600])(
    'attack 50: the local clock is set by %i s: stale, and fresh when it is right again',
    async (skew) => {
      const scene = await createScene();
      await scene.follow();
      scene.world.skew = skew;
      scene.world.advance(1);
      scene.issuer.beat();
      await scene.world.until(() => scene.status.state === 'stale', 'staleness');
      expect(scene.status.staleness).toBeGreaterThan(3590);
      expect(await scene.judgeRoute('closed')).toBe('revocations_stale');
      expect(await scene.judgeRoute('open')).toBe('accept');
      scene.world.skew = 0;
      scene.world.advance(1);
      scene.issuer.beat();
      await scene.world.until(() => scene.status.state === 'fresh', 'freshness');
    },
  );

  it.each([3600, -3600])(
    "the issuer's clock is set by %i s: stale, and fresh when it is right again",
    async (skew) => {
      const scene = await createScene();
      await scene.follow();
      scene.issuer.skew = skew;
      scene.issuer.resetTime();
      await scene.pass(35, 'stale');
      scene.world.advance(30);
      expect(await scene.judgeRoute('closed')).toBe('revocations_stale');
      expect(await scene.judgeRoute('open')).toBe('accept');
      scene.issuer.skew = 0;
      scene.issuer.resetTime();
      await scene.pass(20, 'fresh');
    },
  );

  it.each([3600, -3600])(
    'both are set by %i s, as on one machine, and set right again: fresh each time',
    async (skew) => {
      const scene = await createScene();
      await scene.follow();
      for (const off of [skew, 0]) {
        scene.world.skew = off;
        scene.issuer.skew = off;
        scene.issuer.resetTime();
        scene.world.advance(1);
        scene.issuer.beat();
        await scene.world.until(() => (scene.status.staleness ?? 1) < 0.5, 'freshness');
        await scene.live(5);
        expect(scene.status).toMatchObject({ state: 'fresh', reconnects: 0 });
      }
    },
  );

  it('a clock that is off by a minute at most is no reason', async () => {
    const scene = await createScene();
    scene.world.skew = 59;
    await scene.follow();
    await scene.live(5);
    expect(scene.status).toMatchObject({ state: 'fresh' });
  });

  it('events that are held up count as late by what they were held up', async () => {
    const scene = await createScene();
    await scene.follow();
    await scene.live(3);
    const held = [scene.issuer.held(), scene.issuer.held()];
    scene.world.advance(2.5);
    scene.issuer.tell(held[0]!);
    await scene.world.until(() => (scene.status.staleness ?? 0) > 2.4, 'the event');
    expect(scene.status.state).toBe('late');
    expect(await scene.judge()).toBe('accept');
    expect(scene.status.acceptedLate).toBe(1);
    scene.issuer.beat();
    await scene.world.until(() => scene.status.state === 'fresh', 'freshness');
    // Its time has not risen: no sign of life, whatever it comes after.
    scene.world.advance(2.5);
    scene.issuer.tell(held[1]!);
    await scene.judge();
    expect(scene.status.state).toBe('late');
  });

  it('a machine that slept knows that it has', async () => {
    const scene = await createScene();
    await scene.follow();
    // The monotonic clock stood still meanwhile.
    scene.world.skew += 50;
    expect(await scene.judgeRoute('closed')).toBe('revocations_stale');
    scene.world.advance(1);
    scene.issuer.beat();
    await scene.world.until(() => scene.status.state === 'fresh', 'freshness');
  });

  it('two clocks that drift apart slowly do not make a feed stale', async () => {
    const scene = await createScene();
    await scene.follow();
    for (let minute = 0; minute < 60; minute++) {
      scene.issuer.skew -= 0.005;
      for (let i = 0; i < 29; i++) {
        scene.world.advance(2);
        scene.issuer.beat();
        await scene.world.until(() => (scene.status.staleness ?? 9) < 1, 'a heartbeat');
      }
    }
    expect(scene.status).toMatchObject({ state: 'fresh', reconnects: 0 });
    expect(scene.status.staleness).toBeLessThan(0.05);
  });
});

describe('a cold start', () => {
  it('waits for the snapshot under way, all with one', async () => {
    const scene = await createScene();
    scene.issuer.entries.push({ kind: 'session', id: 'ended' });
    const verdicts = await Promise.all([
      scene.judge({ sid: 'ended' }),
      scene.judge(),
      scene.judgeRoute('open'),
      scene.judge({ sid: 'ended' }),
    ]);
    expect(verdicts).toEqual(['token_revoked', 'accept', 'accept', 'token_revoked']);
    expect(scene.issuer.requests.filter((line) => line === 'snapshot')).toHaveLength(1);
  });

  it('without an answer waits a second, then is closed, or open where the route says so', async () => {
    const scene = await createScene();
    scene.issuer.isHanging = true;
    const waiting = [scene.judge(), scene.judgeRoute('open')];
    await scene.world.until(() => scene.issuer.requests.length === 1, 'the request');
    let settled = 0;
    for (const verdict of waiting) void verdict.then(() => settled++);
    scene.world.advance(0.9);
    await scene.world.until(() => scene.world.timers > 0);
    expect(settled).toBe(0);
    scene.world.advance(0.1);
    expect(await Promise.all(waiting)).toEqual(['revocations_stale', 'accept']);
    expect(scene.status).toMatchObject({ state: 'starting', staleness: undefined, refusedStale: 1 });
  });

  it('with an issuer that cannot be reached is closed at once, with a Retry-After of a second', async () => {
    const scene = await createScene();
    scene.issuer.cut();
    const error = await refusal(scene);
    expect(error).toMatchObject({ code: 'revocations_stale', status: 503 });
    expect(error.headers).toEqual({ 'retry-after': '1' });
    expect(await scene.judgeRoute('open')).toBe('accept');
  });

  it('asks for nothing before the first token', async () => {
    const scene = await createScene();
    expect(scene.issuer.requests).toEqual([]);
    expect(await scene.judge()).toBe('accept');
  });
});

describe('F3: the metrics of the feed', () => {
  /** The value of each line that is not a comment. */
  function values(text: string): Record<string, string> {
    const lines = text.trimEnd().split('\n');
    return Object.fromEntries(
      lines.filter((line) => !line.startsWith('#')).map((line) => line.split(' ') as [string, string]),
    );
  }

  it('are its status, each with its type', async () => {
    const scene = await createScene();
    expect(values(scene.verifier.revocations.metrics())).toMatchObject({
      latchstring_revocations_staleness_seconds: '+Inf',
      'latchstring_revocations_state{state="starting"}': '1',
    });
    await scene.follow();
    scene.issuer.revoke({ kind: 'session', id: 'ended' });
    await scene.live(3);
    scene.issuer.cut();
    scene.world.advance(40);
    expect(await scene.judgeRoute('open')).toBe('accept');
    expect(await scene.judge()).toBe('revocations_stale');
    const text = scene.verifier.revocations.metrics();
    expect(values(text)).toMatchObject({
      latchstring_revocations_staleness_seconds: String(scene.status.staleness),
      latchstring_revocations_entries: '1',
      latchstring_revocations_accepted_stale_total: '1',
      latchstring_revocations_refused_stale_total: '1',
      'latchstring_revocations_state{state="stale"}': '1',
      'latchstring_revocations_state{state="fresh"}': '0',
    });
    for (const name of Object.keys(values(text)).map((key) => key.replace(/\{.*/, ''))) {
      expect(text).toMatch(
        new RegExp(`^# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}$`, 'm'),
      );
    }
  });
});
