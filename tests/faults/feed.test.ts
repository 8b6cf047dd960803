import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { REVOCATIONS_TYPE } from '../../packages/protocol/src/index.ts';
import { decodeEvent } from '../../packages/server/tests/feed/events.ts';
import { createSqliteFile } from '../../packages/server/tests/support/service.ts';
import type { DatabaseUnderTest } from '../../packages/server/tests/support/service.ts';
import { headerOf, signHmac } from '../../packages/server/tests/support/forge.ts';
import { compact, testKey } from '../../packages/verifier/tests/support.ts';
import { unchanged } from './support/event-wire.ts';
import { createScene } from './support/follower.ts';
import type { Person, Scene } from './support/follower.ts';
import { PATIENCE, scale } from './support/scale.ts';

vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE });

let database: DatabaseUnderTest;
let scene: Scene;
/** Somebody who does nothing and must never be refused for good. */
let bystander: Person;

beforeEach(async () => {
  database = await createSqliteFile();
  scene = await createScene(database);
  bystander = await scene.person();
  expect(await scene.judge(bystander)).toBe('accept');
  await isFresh();
});

afterEach(async () => {
  await scene.stop();
  await database.drop();
});

const state = (): string => scene.verifier.revocations.status.state;
const isFresh = (): Promise<void> => scene.until(() => state() === 'fresh' && staleness() < 0.5);
const staleness = (): number => scene.verifier.revocations.status.staleness ?? Infinity;

/** Waits until the end of a session is known, within the second that is promised and a heartbeat that shows a gap. */
async function isRefused(person: Person): Promise<void> {
  await scene.until(async () => (await scene.judge(person, 'open')) === 'token_revoked');
}

const CUTS: readonly (readonly [how: string, cut: () => void])[] = [
  [
    'broken',
    () => {
      scene.network.set('refuse');
      scene.network.cut();
    },
  ],
  ['silent', () => scene.network.set('silent')],
];

describe.each(CUTS)('a network between server and verifier that is %s', (_how, cut) => {
  test('for 5 s: tokens are accepted and counted, and what was missed is known afterwards', async () => {
    const missed = await scene.person();
    cut();
    await scene.end(missed);
    scene.advance(5);
    expect(await scene.judge(missed)).toBe('accept');
    expect(await scene.judge(bystander)).toBe('accept');
    expect(scene.verifier.revocations.status).toMatchObject({
      state: 'late',
      acceptedLate: 2,
      refusedStale: 0,
    });
    scene.network.set('open');
    await isRefused(missed);
    await isFresh();
    expect(await scene.judge(bystander)).toBe('accept');
  });

  test('for 40 s: 503 and never 401, open where the route says so, and back by itself', async () => {
    const [missed, known] = [await scene.person(), await scene.person()];
    await scene.end(known);
    await isRefused(known);
    cut();
    await scene.end(missed);
    scene.advance(40);
    expect(await scene.refusal(bystander)).toMatchObject({
      code: 'revocations_stale',
      status: 503,
      headers: { 'retry-after': '5' },
    });
    expect(await scene.judge(bystander, 'open')).toBe('accept');
    expect(await scene.judge(missed)).toBe('revocations_stale');
    expect(await scene.judge(known)).toBe('token_revoked');
    scene.network.set('open');
    await isRefused(missed);
    await isFresh();
    expect(await scene.judge(bystander)).toBe('accept');
  });
});

test('F4: a server dies, and another goes on with the feed where it ended', async () => {
  const [before, after] = [await scene.person(), await scene.person()];
  const other = await scene.another();
  scene.events.target = other.url;
  scene.network.cut();
  await scene.end(before);
  await isRefused(before);
  await scene.end(after, other.url);
  await isRefused(after);
  await isFresh();
  expect(scene.verifier.revocations.status).toMatchObject({ gaps: 0, rejected: 0, transport: 'stream' });
  expect(await scene.judge(bystander)).toBe('accept');
});

describe('events on their way', () => {
  test('dropped: the next heartbeat shows it, and a snapshot mends it', async () => {
    const person = await scene.person();
    scene.events.treat = (jws) => (decodeEvent(jws).entries.length > 0 ? [] : [jws]);
    await scene.end(person);
    await isRefused(person);
    expect(scene.verifier.revocations.status).toMatchObject({ gaps: 1, rejected: 0 });
    expect(await scene.judge(bystander)).toBe('accept');
  });

  test('repeated: nothing changes', async () => {
    const person = await scene.person();
    scene.events.treat = (jws) => [jws, jws, jws];
    await scene.end(person);
    await isRefused(person);
    await isFresh();
    expect(scene.verifier.revocations.status).toMatchObject({ gaps: 0, rejected: 0 });
  });

  test('old ones in the place of new ones: no sign of life', async () => {
    const old: string[] = [];
    scene.events.treat = (jws) => {
      old.push(jws);
      return [jws];
    };
    await scene.until(() => old.length >= 2);
    scene.events.treat = () => [...old];
    scene.advance(40);
    await scene.until(() => scene.verifier.revocations.status.reconnects > 0);
    for (const jws of old) scene.events.inject(jws);
    expect(await scene.judge(bystander)).toBe('revocations_stale');
    scene.events.treat = unchanged;
    await isFresh();
  });

  test('reordered: what comes too early shows a gap, what comes too late changes nothing', async () => {
    const people = [await scene.person(), await scene.person(), await scene.person()];
    let held: string[] = [];
    scene.events.treat = (jws) => {
      held.push(jws);
      if (held.length < 3) return [];
      const mixed = held.reverse();
      held = [];
      return mixed;
    };
    for (const person of people) await scene.end(person);
    for (const person of people) await isRefused(person);
    scene.events.treat = unchanged;
    await isFresh();
    expect(scene.verifier.revocations.status.rejected).toBe(0);
    for (const person of people) expect(await scene.judge(person)).toBe('token_revoked');
    expect(await scene.judge(bystander)).toBe('accept');
  });

  test('delayed: as stale as they are late, and obeyed all the same', async () => {
    const person = await scene.person();
    const held: string[] = [];
    await isFresh();
    scene.clock.stand();
    scene.events.treat = (jws) => {
      held.push(jws);
      return [];
    };
    await scene.end(person);
    await scene.until(() => held.length > 0);
    // Sooner than silence would make a new connection, whose least delay nobody knows.
    scene.advance(2.1);
    scene.events.inject(held.find((jws) => decodeEvent(jws).entries.length > 0)!);
    await isRefused(person);
    expect(staleness()).toBeGreaterThan(2);
    expect(state()).toBe('late');
    scene.clock.go();
    scene.events.treat = unchanged;
    await isFresh();
  });
});

describe('events that are not the server’s', () => {
  const other = testKey('ES256');

  const ways = ['a key of the same name', 'a key that nobody knows', 'a shared secret', 'no key'] as const;

  test.each(ways.slice(0, scale(2, 4)))('signed by %s: neither obeyed nor a sign of life', async (how) => {
    let last = '';
    scene.events.treat = (jws) => {
      last = jws;
      return [jws];
    };
    await scene.until(() => last !== '');
    const forge = (jws: string): string => {
      const header = { ...headerOf(jws), ...(how === 'a key that nobody knows' ? { kid: 'unknown' } : {}) };
      const event = decodeEvent(jws);
      const claims = {
        ...event,
        seq: event.seq + 1,
        after: event.seq,
        entries: [{ kind: 'session', id: bystander.sessionId }],
      };
      if (how === 'a shared secret') return signHmac({ ...header, alg: 'HS256' }, claims, 'x'.repeat(32));
      const forged = how === 'no key' ? { ...header, alg: 'none' } : header;
      return compact(JSON.stringify({ ...forged, typ: REVOCATIONS_TYPE }), JSON.stringify(claims), (data) =>
        how === 'no key' ? Buffer.alloc(0) : other.sign(data),
      );
    };
    const { rejected } = scene.verifier.revocations.status;
    scene.events.treat = (jws) => [forge(jws)];
    await scene.until(() => scene.verifier.revocations.status.rejected > rejected);
    expect(await scene.judge(bystander)).toBe('accept');
    scene.advance(40);
    expect(await scene.judge(bystander)).toBe('revocations_stale');
    scene.events.treat = unchanged;
    await isFresh();
    expect(await scene.judge(bystander)).toBe('accept');
  });
});

describe('clocks', () => {
  /** For a clock that is set back: a token that is as old as that. */
  async function age(): Promise<void> {
    scene.advance(3590);
    await isFresh();
  }

  test.each([3600, -3600])(
    'attack 50: the verifier’s is set by %i s: closed by policy, never 401, and right again by itself',
    async (skew) => {
      const [ended, missed] = [await scene.person(), await scene.person()];
      await scene.end(ended);
      await isRefused(ended);
      if (skew < 0) await age();
      scene.clock.skew = skew;
      await scene.until(() => state() === 'stale');
      expect(staleness()).toBeGreaterThan(3500);
      expect(await scene.refusal(bystander)).toMatchObject({ code: 'revocations_stale', status: 503 });
      expect(await scene.judge(bystander, 'open')).toBe('accept');
      expect(await scene.judge(ended)).toBe('token_revoked');
      // What comes in is obeyed although its time is not believed.
      await scene.end(missed);
      await isRefused(missed);
      scene.clock.skew = 0;
      await isFresh();
      expect(await scene.judge(bystander)).toBe('accept');
    },
  );

  /** Waits until an event has come by whose time is off the verifier's clock by as much as that, or as little. */
  async function hears(isSo: (off: number) => boolean): Promise<void> {
    let isHeard = false;
    scene.events.treat = (jws) => {
      isHeard ||= isSo(Math.abs(decodeEvent(jws).time - scene.clock.now()));
      return [jws];
    };
    await scene.until(() => isHeard);
    scene.events.treat = unchanged;
  }

  test.each([3600, -3600])(
    'attack 50: the server’s is set by %i s: closed by policy, never 401, and right again by itself',
    async (skew) => {
      const ended = await scene.person();
      await scene.end(ended);
      await isRefused(ended);
      scene.skewServer(skew);
      await hears((off) => off > 3500);
      // Times that are behind are no sign of life; those ahead are not believed at once.
      await scene.until(() => state() === 'stale' || (scene.advance(1), false));
      expect(await scene.refusal(bystander)).toMatchObject({ code: 'revocations_stale', status: 503 });
      expect(await scene.judge(bystander, 'open')).toBe('accept');
      expect(await scene.judge(ended)).toBe('token_revoked');
      scene.skewServer(-skew);
      await isFresh();
      expect(await scene.judge(bystander)).toBe('accept');
    },
  );

  test.each([3600, -3600])(
    'attack 50: that of both is set by %i s, as on one machine, and right again by itself',
    async (skew) => {
      for (const step of [skew, -skew]) {
        scene.skewServer(step);
        scene.clock.skew += step;
        await hears((off) => off < 5);
        await isFresh();
      }
      const ended = await scene.person();
      await scene.end(ended);
      await isRefused(ended);
      expect(await scene.judge(bystander)).toBe('accept');
    },
  );
});
