import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createScene } from './setup.ts';

describe('close', () => {
  it('ends the stream and all timers, and may be called again', async () => {
    const scene = await createScene();
    await scene.follow();
    await Promise.all([scene.verifier.close(), scene.verifier.close()]);
    await scene.verifier.close();
    await scene.world.until(() => scene.issuer.streams.size === 0, 'the end of the stream');
    expect(scene.world.timers).toBe(0);
    expect(scene.status.state).toBe('closed');
    expect(scene.failures).toEqual([]);
    // What is known grows stale from here on.
    expect(await scene.judge()).toBe('accept');
    scene.world.advance(31);
    expect(await scene.judge()).toBe('revocations_stale');
    expect(scene.issuer.requests).toHaveLength(2);
  });

  it('ends a pause, a long poll, and a request that waits', async () => {
    const pausing = await createScene();
    pausing.issuer.cut();
    await pausing.judge();
    await pausing.verifier.close();
    expect(pausing.world.timers).toBe(0);

    const polling = await createScene();
    polling.issuer.streaming = 'held';
    await polling.judge();
    for (let n = 0; n < 2; n++) {
      await polling.world.until(() => polling.issuer.streams.size === 1, 'a stream');
      polling.world.advance(3);
      await polling.world.until(() => polling.issuer.streams.size === 0, 'its end');
      polling.world.advance(1);
    }
    await polling.world.until(() => polling.issuer.polls === 1, 'a long poll');
    await polling.verifier.close();
    await polling.world.until(() => polling.issuer.polls === 0, 'the end of the long poll');
    expect(polling.world.timers).toBe(0);

    const waiting = await createScene();
    waiting.issuer.isHanging = true;
    const verdict = waiting.judge();
    await waiting.world.until(() => waiting.issuer.requests.length === 1, 'the request');
    await waiting.verifier.close();
    expect(await verdict).toBe('revocations_stale');
    expect(waiting.world.timers).toBe(0);
  });

  it('before the first token nothing is ever asked', async () => {
    const scene = await createScene();
    await scene.verifier.close();
    expect(await scene.judge()).toBe('revocations_stale');
    expect(scene.issuer.requests).toEqual([]);
  });

  it('without a feed does nothing', async () => {
    const scene = await createScene({}, { revocations: 'none' });
    expect(await scene.judge()).toBe('accept');
    expect(scene.status).toMatchObject({ state: 'none', entries: 0 });
    await scene.verifier.close();
    expect(await scene.judge()).toBe('accept');
  });
});

describe('a process with a verifier that was left open', () => {
  it.each(['right', 'held', 'down'])('ends by itself (%s)', async (how) => {
    const script = fileURLToPath(new URL('lonely-process.ts', import.meta.url));
    const run = promisify(execFile)(
      process.execPath,
      ['--conditions=latchstring-source', '--no-warnings', script, how],
      { timeout: 20_000 },
    );
    // Nobody ends it: a process that stayed would run into the time-out, and one that ended too soon would print nothing.
    expect((await run).stdout.trim()).toBe(how === 'down' ? 'revocations_stale starting' : 'accept fresh');
  });
});
