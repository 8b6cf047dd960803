import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { remoteKeys, VerificationError, type KeySource, type RemoteKeysOptions } from '../src/index.ts';
import { ISSUER, KEY, NOW, testKey, type Json } from './support.ts';

const URL_OF_KEYS = `${ISSUER}/.well-known/jwks.json`;
const query = { kid: KEY.kid, alg: KEY.alg };

interface Issuer {
  keys: readonly Json[];
  /** Whether requests fail. */
  down: boolean;
  now: number;
  loads: number;
  failures: string[];
  readonly source: KeySource;
}

/** A key source whose issuer and clock are set by hand. */
function issuerOf(options: Partial<RemoteKeysOptions> = {}): Issuer {
  const issuer: Issuer = {
    keys: [KEY.jwk],
    down: false,
    now: NOW,
    loads: 0,
    failures: [],
    source: remoteKeys({
      url: URL_OF_KEYS,
      now: () => issuer.now,
      fetch: () => {
        issuer.loads++;
        return issuer.down
          ? Promise.reject(new TypeError('fetch failed'))
          : Promise.resolve(Response.json({ keys: issuer.keys }));
      },
      onFailure: ({ code }) => issuer.failures.push(code),
      ...options,
    }),
  };
  return issuer;
}

async function find(source: KeySource, kid: string = KEY.kid): Promise<string> {
  try {
    return (await source.find({ kid, alg: KEY.alg })) === undefined ? 'none' : 'found';
  } catch (error) {
    if (error instanceof VerificationError) return `${error.code} ${error.headers['retry-after'] ?? ''}`;
    throw error;
  }
}

describe('remoteKeys', () => {
  it('loads at the first question, once for all who wait', async () => {
    const issuer = issuerOf();
    expect(issuer.loads).toBe(0);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => find(issuer.source, i % 2 ? KEY.kid : 'x')),
    );
    expect(answers.filter((answer) => answer === 'found')).toHaveLength(25);
    expect(issuer.loads).toBe(1);
    expect(issuer.source.find(query)).not.toBeInstanceOf(Promise);
  });

  it('finds a new key at once, and asks again only after the cool-down', async () => {
    const issuer = issuerOf({ cooldown: 30 });
    const next = testKey('ES256', 'next');
    await find(issuer.source);
    issuer.keys = [KEY.jwk, next.jwk];
    issuer.now += 29;
    expect(await find(issuer.source, 'next')).toBe('none');
    issuer.now += 1;
    expect(await find(issuer.source, 'next')).toBe('found');
    expect(issuer.loads).toBe(2);
  });

  it('loads in the background from half of the age, so that nobody waits', async () => {
    const issuer = issuerOf({ maxAge: 300 });
    await find(issuer.source);
    issuer.now += 149;
    await find(issuer.source);
    expect(issuer.loads).toBe(1);
    issuer.now += 2;
    expect(issuer.source.find(query)).not.toBeInstanceOf(Promise);
    expect(issuer.loads).toBe(2);
  });

  it('trusts no old set unasked: a key that was withdrawn is gone', async () => {
    const issuer = issuerOf({ maxAge: 300 });
    const key = await issuer.source.find(query);
    expect(key && issuer.source.holds(key)).toBe(true);
    issuer.keys = [testKey('ES256', 'next').jwk];
    issuer.now += 300;
    expect(key && issuer.source.holds(key)).toBe(false);
    expect(await find(issuer.source)).toBe('none');
  });

  it('knows a key again that was loaded anew', async () => {
    const issuer = issuerOf({ maxAge: 300 });
    const key = await issuer.source.find(query);
    issuer.now += 300;
    expect(await find(issuer.source)).toBe('found');
    expect(key && issuer.source.holds(key)).toBe(true);
    issuer.keys = [{ ...testKey().jwk, kid: KEY.kid }];
    issuer.now += 300;
    expect(await find(issuer.source)).toBe('found');
    expect(key && issuer.source.holds(key)).toBe(false);
  });

  it('keeps the last good set while loading fails, for a day', async () => {
    const issuer = issuerOf({ maxAge: 300, cooldown: 30 });
    const key = await issuer.source.find(query);
    issuer.down = true;
    issuer.now += 300;
    expect(await find(issuer.source)).toBe('found');
    expect(key && issuer.source.holds(key)).toBe(true);
    expect(issuer.loads).toBe(2);
    issuer.now += 10;
    expect(issuer.source.find(query)).not.toBeInstanceOf(Promise);
    expect(issuer.loads).toBe(2);
    // What is not in it may be new: nobody can tell, so it is an outage.
    expect(await find(issuer.source, 'next')).toBe('keys_unavailable 20');
    issuer.now = NOW + 86_399;
    expect(await find(issuer.source)).toBe('found');
    issuer.now = NOW + 86_400 + 30;
    expect(await find(issuer.source)).toMatch(/^keys_unavailable/);
    expect(key && issuer.source.holds(key)).toBe(false);
    expect(issuer.failures).toEqual(['unreachable']);
  });

  it('is ready soon after an issuer that started later', async () => {
    const issuer = issuerOf({ cooldown: 30 });
    issuer.down = true;
    expect(await find(issuer.source)).toBe('keys_unavailable 1');
    expect(await find(issuer.source)).toBe('keys_unavailable 1');
    expect(issuer.loads).toBe(1);
    issuer.now += 1;
    expect(await find(issuer.source)).toBe('keys_unavailable 2');
    issuer.now += 2;
    issuer.down = false;
    expect(await find(issuer.source)).toBe('found');
    expect(issuer.loads).toBe(3);
  });

  it('gives up on an issuer that does not answer', async () => {
    const issuer = issuerOf({
      timeout: 0.02,
      fetch: (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reject(new Error('aborted'));
          });
        }),
    });
    expect(await find(issuer.source)).toBe('keys_unavailable 1');
    expect(issuer.failures).toEqual(['unreachable']);
  });
});

describe('remoteKeys over HTTP', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  async function listen(handler: Parameters<typeof createServer>[1]): Promise<string> {
    server = createServer(handler as never).listen(0, 'localhost');
    await once(server, 'listening');
    return `http://localhost:${String((server.address() as AddressInfo).port)}`;
  }

  it('loads a key set', async () => {
    const origin = await listen((_request, response) => {
      response
        .setHeader('content-type', 'application/jwk-set+json; charset=utf-8')
        .end(JSON.stringify({ keys: [KEY.jwk] }));
    });
    expect(await find(remoteKeys({ url: `${origin}/keys` }))).toBe('found');
  });

  it('follows no redirect', async () => {
    const seen: (string | undefined)[] = [];
    const origin = await listen((request, response) => {
      seen.push(request.url);
      if (request.url === '/keys') response.writeHead(302, { location: '/other' }).end();
      else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [KEY.jwk] }));
    });
    const failures: string[] = [];
    const source = remoteKeys({ url: `${origin}/keys`, onFailure: ({ code }) => failures.push(code) });
    expect(await find(source)).toBe('keys_unavailable 1');
    expect([seen, failures]).toEqual([['/keys'], ['unreachable']]);
  });

  it('stops reading an answer that has no end', async () => {
    const origin = await listen((_request, response) => {
      response.setHeader('content-type', 'application/json');
      const flood = (): void => {
        while (response.writable && response.write(Buffer.alloc(65_536, 0x20)));
      };
      response.on('drain', flood);
      flood();
    });
    const failures: string[] = [];
    const source = remoteKeys({ url: `${origin}/keys`, onFailure: ({ code }) => failures.push(code) });
    expect(await find(source)).toBe('keys_unavailable 1');
    expect(failures).toEqual(['not_a_key_set']);
  });
});
