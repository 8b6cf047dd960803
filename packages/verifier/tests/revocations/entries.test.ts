import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RevocationEvent } from '@latchstring/protocol';
import { ENDED, RevocationEntries } from '../../src/revocations/entries.ts';
import { RevocationLog } from '../../src/revocations/log.ts';
import { World } from './world.ts';

describe('entries', () => {
  it('are kept for their retention at least and twice that at most, keys for ever', () => {
    const entries = new RevocationEntries(0);
    const holds = (): unknown[] => [entries.below('s'), entries.hasToken('t'), entries.hasKey('k')];
    entries.forget(50, 100);
    entries.add([
      { kind: 'session', id: 's' },
      { kind: 'token', jti: 't' },
      { kind: 'key', kid: 'k' },
    ]);
    entries.forget(99, 100);
    entries.forget(149, 100);
    expect(holds()).toEqual([ENDED, true, true]);
    entries.forget(249, 100);
    expect(holds()).toEqual([0, false, true]);
    expect(entries.size).toBe(1);
  });

  it('do not pile up while new ones come', () => {
    const entries = new RevocationEntries(0);
    for (let second = 0; second < 10_000; second++) {
      entries.forget(second, 100);
      entries.add([{ kind: 'session', id: `s${String(second)}` }]);
    }
    expect(entries.size).toBeLessThanOrEqual(200);
  });

  it('the strictest counts, in whatever order and generation they come', () => {
    const entries = new RevocationEntries(0);
    entries.add([{ kind: 'session', id: 'a', below: 5 }]);
    entries.forget(100, 100);
    entries.add([{ kind: 'session', id: 'a', below: 3 }]);
    expect(entries.below('a')).toBe(5);
    entries.add([{ kind: 'session', id: 'a' }]);
    entries.add([{ kind: 'session', id: 'a', below: 9 }]);
    expect(entries.below('a')).toBe(ENDED);
    expect(entries.below('__proto__')).toBe(0);
  });
});

describe('the log', () => {
  const KEYS = 40;

  /** A channel drops, repeats and swaps events, and a reader loads a snapshot whenever it is told that it lost the thread. */
  it('A10: whatever a channel does to events, a reader that is fresh knows all that was revoked', () => {
    const fate = fc.constantFrom(
      'deliver',
      'deliver',
      'deliver',
      'drop',
      'repeat',
      'hold',
      'heartbeat',
      'restore',
    );
    fc.assert(
      fc.property(fc.array(fate, { minLength: 1, maxLength: KEYS }), (fates) => {
        const world = new World();
        const log = new RevocationLog(world, world.now);
        const revoked: string[] = [];
        const held: RevocationEvent[] = [];
        let place = { epoch: 'e0', seq: 0 };
        const event = (changes: Partial<RevocationEvent> = {}): RevocationEvent => {
          world.advance(0.01);
          return {
            iss: '',
            ...place,
            after: place.seq,
            time: world.time,
            retention: 1000,
            entries: [],
            ...changes,
          };
        };
        const snapshot = (): RevocationEvent =>
          event({ snapshot: true, entries: revoked.map((id) => ({ kind: 'session', id })) });
        const read = (given: RevocationEvent): void => {
          if (log.take(given) === 'lost') log.take(snapshot());
        };
        read(snapshot());
        for (const [n, what] of fates.entries()) {
          if (what === 'heartbeat') read(event());
          if (what === 'restore') place = { epoch: `e${String(n)}`, seq: n % 3 };
          if (what === 'heartbeat' || what === 'restore') continue;
          const id = `s${String(n)}`;
          revoked.push(id);
          place = { ...place, seq: place.seq + 1 };
          const made = event({ after: place.seq - 1, entries: [{ kind: 'session', id }] });
          if (what === 'hold') held.push(made);
          if (what === 'deliver' || what === 'repeat') read(made);
          if (what === 'repeat') read(made);
          if (what === 'deliver') for (const late of held.splice(0)) read(late);
        }
        // One more sign of life, however much came before.
        read(event());
        expect(revoked.filter((id) => log.entries.below(id) !== ENDED)).toEqual([]);
        expect(log.freshness.staleness()).toBeLessThan(0.2);
        expect(log.position).toEqual(place);
      }),
      { numRuns: 2000 },
    );
  });
});
