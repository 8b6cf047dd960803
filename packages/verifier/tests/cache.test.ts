import { describe, expect, it } from 'vitest';
import { RecentCache } from '../src/cache.ts';
import { parseKeySet, type KeySource, type VerificationKey } from '../src/index.ts';
import { KEY, judge, token, verifierOf } from './support.ts';

const entry = (name: string): { token: string } => ({ token: name });

describe('RecentCache', () => {
  it('forgets what was not used for the longest time', () => {
    const cache = new RecentCache({ entries: 3, bytes: 1000 });
    for (const name of ['a', 'b', 'c']) cache.set(entry(name), 1);
    expect(cache.get('a')).toEqual(entry('a'));
    cache.set(entry('d'), 1);
    expect(['a', 'b', 'c', 'd'].map((name) => cache.get(name) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('is bounded by bytes as well', () => {
    const cache = new RecentCache({ entries: 100, bytes: 100 });
    for (let i = 0; i < 50; i++) cache.set(entry(String(i)), 30);
    expect([cache.size, cache.bytes]).toEqual([3, 90]);
    cache.set(entry('large'), 100);
    expect([cache.size, cache.bytes]).toEqual([1, 100]);
    cache.set(entry('larger'), 101);
    expect(cache.get('larger')).toBeUndefined();
    cache.delete('large');
    cache.delete('large');
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });

  it('counts an entry that is set twice once', () => {
    const cache = new RecentCache({ entries: 10, bytes: 100 });
    cache.set(entry('a'), 40);
    cache.set(entry('a'), 30);
    expect([cache.size, cache.bytes]).toEqual([1, 30]);
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

  it('is keyed by the whole token', async () => {
    const verifier = verifierOf();
    const text = token();
    expect(await judge(text, verifier)).toBe('accept');
    expect(await judge(text.slice(0, -2) + (text.endsWith('AA') ? 'BA' : 'AA'), verifier)).not.toBe('accept');
  });
});
