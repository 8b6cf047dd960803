import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentCache } from '../src/cache.ts';
import { parseKeySet, type KeySource, type VerificationKey } from '../src/index.ts';
import { KEY, judge, token, verifierOf } from './support.ts';

const entry = (name: string): { token: string } => ({ token: name });

/** A name that is looked up by another number than all others, as the last character does not count. */
const name = (text: string): string => `${text.padStart(6, '-')}.`;

describe('RecentCache', () => {
  it('drops what was not used for a turn', () => {
    const cache = new RecentCache({ entries: 4, bytes: 1000 });
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name) as [string, string, string, string];
    for (const text of [a, b, c]) cache.set(entry(text));
    // The newer turn has c alone; b is used and comes to it, and another turn begins with d.
    expect(cache.get(b)).toEqual(entry(b));
    cache.set(entry(d));
    expect([a, b, c, d].map((text) => cache.get(text)?.token)).toEqual([undefined, b, c, d]);
    cache.delete(b);
    cache.delete(b);
    expect(cache.get(b)).toBeUndefined();
    expect([cache.size, cache.bytes]).toEqual([2, 28]);
  });

  it('is bounded by bytes as well, and an entry that is set again counts once', () => {
    const cache = new RecentCache({ entries: 100, bytes: 100 }, 6);
    for (let time = 0; time < 20; time++) cache.set(entry(name('a')));
    expect([cache.size, cache.bytes]).toEqual([1, 20]);
    cache.set(entry(name('b')));
    cache.set(entry(name('c')));
    expect([cache.size, cache.bytes]).toEqual([3, 60]);
    const large = 'x'.repeat(23);
    cache.set(entry(large));
    expect(cache.get(large)).toBeUndefined();
  });

  it('tells tokens with the same end from each other', () => {
    const cache = new RecentCache({ entries: 10, bytes: 1000 });
    cache.set(entry('one.signature'));
    expect(cache.get('two.signature')).toBeUndefined();
    cache.delete('two.signature');
    expect(cache.get('one.signature')).toEqual(entry('one.signature'));
    cache.set(entry('two.signature'));
    expect([cache.get('one.signature'), cache.get('two.signature'), cache.size]).toEqual([
      undefined,
      entry('two.signature'),
      1,
    ]);
  });

  it('never holds more than it may, nor what was deleted', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 14 });
    const step = fc.tuple(text, fc.constantFrom('set', 'get', 'delete'));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const cache = new RecentCache({ entries: 4, bytes: 80 }, 3);
        const deleted = new Set<string>();
        for (const [token, action] of steps) {
          if (action === 'set') {
            cache.set(entry(token));
            deleted.delete(token);
          } else if (action === 'delete') {
            cache.delete(token);
            deleted.add(token);
          } else {
            expect([undefined, token]).toContain(cache.get(token)?.token);
          }
          expect(cache.size).toBeLessThanOrEqual(4);
          expect(cache.bytes).toBeLessThanOrEqual(80);
          for (const gone of deleted) expect(cache.get(gone)).toBeUndefined();
        }
      }),
    );
  });
});

describe('the cache of a verifier', () => {
  function counting(): { readonly keys: KeySource; readonly count: () => number } {
    const set = parseKeySet({ keys: [KEY.jwk] });
    let signatures = 0;
    const key = set.find({ kid: KEY.kid, alg: KEY.alg })!;
    const counted: VerificationKey = {
      kid: key.kid,
      id: key.id,
      fits: (algorithm) => key.fits(algorithm),
      verify: (...parts) => {
        signatures++;
        return key.verify(...parts);
      },
    };
    return { keys: { find: () => counted, holds: () => true }, count: () => signatures };
  }

  it('saves the signature of a token that was seen before', async () => {
    const { keys, count } = counting();
    const verifier = verifierOf({ keys });
    const text = token();
    for (let i = 0; i < 5; i++) expect(await judge(text, verifier)).toBe('accept');
    expect(count()).toBe(1);
    await judge(token(), verifier);
    expect(count()).toBe(2);
  });

  it('remembers no refusal, and nothing at all with 0 entries', async () => {
    const { keys, count } = counting();
    const verifier = verifierOf({ keys });
    const wrong = token({}, {}, { ...KEY, sign: () => Buffer.alloc(64, 1) });
    for (let i = 0; i < 3; i++) expect(await judge(wrong, verifier)).toBe('token_untrusted');
    expect(count()).toBe(3);
    const forgetful = verifierOf({ keys, cacheEntries: 0 });
    const text = token();
    for (let i = 0; i < 3; i++) expect(await judge(text, forgetful)).toBe('accept');
    expect(count()).toBe(6);
  });

  it('keeps alive no more memory than it counts, whatever else was decoded meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const verifier = verifierOf();
    const junk = 'A'.repeat(8000);
    const arrayBuffers = (): number => {
      collect();
      return process.memoryUsage().arrayBuffers;
    };
    const before = arrayBuffers();
    for (let person = 0; person < 300; person++) {
      expect(await judge(token({ client_id: 'web', csrf: `${'C'.repeat(21)}A` }), verifier)).toBe('accept');
      // Strangers send what is decoded into the same pool of buffers, and refused.
      for (let time = 0; time < 5; time++) await judge(`${junk}.${junk.slice(0, 90)}.AAAA`, verifier);
    }
    expect(arrayBuffers() - before).toBeLessThan(4_000_000);
    await verifier.close();
  });

  it('is keyed by the whole token', async () => {
    const verifier = verifierOf();
    const text = token();
    expect(await judge(text, verifier)).toBe('accept');
    expect(await judge(text.slice(0, -2) + (text.endsWith('AA') ? 'BA' : 'AA'), verifier)).not.toBe('accept');
  });
});
