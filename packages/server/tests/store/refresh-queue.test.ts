import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/ports/store.ts';
import type { RefreshAttempt, RefreshOutcome } from '../../src/ports/store.ts';
import { createRefreshQueue } from '../../src/store/refresh-queue.ts';

/** A queue whose commits end when the test says so. */
function queueWith(size: number, inFlight: number) {
  const commits: { sessions: string[]; end: (error?: Error) => void }[] = [];
  const run = (attempts: readonly RefreshAttempt[]): Promise<RefreshOutcome[]> =>
    new Promise((resolve, reject) => {
      const outcomes = attempts.map(({ ip }) => ({ now: Number(ip), matched: true, reading: undefined }));
      commits.push({
        sessions: attempts.map(({ token }) => token.sessionId),
        end: (error) => (error ? reject(error) : resolve(outcomes)),
      });
    });
  const queue = createRefreshQueue({ run, size, inFlight });
  let count = 0;
  const add = (sessionId: string, deadline = Infinity): Promise<number> => {
    const nonce = new Uint8Array(16);
    const token = { sessionId, generation: 0, nonce, parentNonce: nonce, issuedAt: 0 };
    const facts = { token, mode: 'cookie', ip: String(count++), deadline } as const;
    const given = { ...facts, minimumAge: 0, idleLifetime: 0 };
    return queue(given).then(({ now }) => now);
  };
  return { commits, add };
}

describe('the queue of refreshes', () => {
  it('groups what arrives together, and what arrives during a commit', async () => {
    const { commits, add } = queueWith(64, 1);
    const first = [add('a'), add('b')];
    await setImmediate();
    const second = [add('c'), add('d'), add('e')];
    await setImmediate();
    expect(commits.map(({ sessions }) => sessions)).toEqual([['a', 'b']]);
    commits[0]?.end();
    expect(await Promise.all(first)).toEqual([0, 1]);
    await setImmediate();
    expect(commits.map(({ sessions }) => sessions)).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    commits[1]?.end();
    expect(await Promise.all(second)).toEqual([2, 3, 4]);
  });

  it('never has more in a group, nor more groups under way, than it was told', async () => {
    const { commits, add } = queueWith(2, 2);
    const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((session) => add(session));
    await setImmediate();
    expect(commits).toHaveLength(2);
    for (let n = 0; n < 4; n++) {
      commits[n]?.end();
      await setImmediate();
      await setImmediate();
    }
    expect(commits.map(({ sessions }) => sessions)).toEqual([['a', 'b'], ['c', 'd'], ['e', 'f'], ['g']]);
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('has a session once in what is under way; its next refresh waits, and gets its own answer', async () => {
    const { commits, add } = queueWith(64, 2);
    const answers = [add('a'), add('a'), add('b'), add('a')];
    for (let n = 0; n < 3; n++) {
      await setImmediate();
      await setImmediate();
      expect(commits).toHaveLength(n + 1);
      commits[n]?.end();
    }
    expect(commits.map(({ sessions }) => sessions)).toEqual([['a', 'b'], ['a'], ['a']]);
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3]);
  });

  it('a commit that fails fails its group only', async () => {
    const { commits, add } = queueWith(64, 1);
    const failing = Promise.allSettled([add('a'), add('b')]);
    const waiting = add('a');
    await setImmediate();
    commits[0]?.end(new Error('no'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await setImmediate();
    commits[1]?.end();
    expect(await waiting).toBe(2);
  });

  it('drops what has waited too long, and goes on with what is behind it', async () => {
    const { commits, add } = queueWith(1, 1);
    const late = performance.now();
    const first = add('a');
    const dropped = Promise.allSettled([add('a', late), add('b', late)]);
    const last = add('a');
    await setImmediate();
    commits[0]?.end();
    await first;
    await setImmediate();
    await setImmediate();
    commits[1]?.end();
    expect(await last).toBe(3);
    for (const one of await dropped) {
      expect(one).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) as unknown });
    }
    expect(commits.map(({ sessions }) => sessions)).toEqual([['a'], ['a']]);
  });
});
