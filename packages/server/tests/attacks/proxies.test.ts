import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import type { SessionsAnswer } from '@latchstring/protocol';
import { addressKey } from '../../src/domain/address-key.ts';
import { clientAddress } from '../../src/http/address.ts';
import { parseTrustedProxies } from '../../src/config/trusted-proxies.ts';
import { createNodeServer } from '../../src/node.ts';
import { useService } from '../support/fixture.ts';
import { rawRequest, sendRaw, statusOf } from '../support/raw.ts';
import { APP_ORIGIN, PASSWORD } from '../support/service.ts';

const shared = useService({ logLevel: 'info' });

test('attack 83: no Host and no X-Forwarded-Host gets into an answer or a cookie', async () => {
  const body = JSON.stringify({ email: shared.email(), password: PASSWORD });
  const requests = [
    ...[ROUTES.metadata, ROUTES.openapi, ROUTES.jwks, ROUTES.session].map(
      (path) => [`GET ${path}`, ''] as const,
    ),
    [`POST ${ROUTES.register}`, body] as const,
  ];
  for (const [line, text] of requests) {
    const answer = await sendRaw(
      shared.url,
      rawRequest(
        `${line} HTTP/1.1`,
        [
          ...[
            'Host: evil.example',
            'X-Forwarded-Host: evil.example',
            'Forwarded: host=evil.example;proto=https',
          ],
          ...['X-Forwarded-Proto: https', `Origin: ${APP_ORIGIN}`],
          ...(text === '' ? [] : ['Content-Type: application/json', `Content-Length: ${text.length}`]),
        ],
        text,
      ),
    );
    expect(statusOf(answer)).toBeLessThan(402);
    expect(answer).not.toContain('evil');
    expect(answer).not.toContain('Secure');
  }
});

describe('attack 84: the client address', () => {
  const trusted = parseTrustedProxies(['10.0.0.0/8', '192.0.2.1', 'fd00::/8'], []);

  test.each<[string, string | undefined, string | undefined, string]>([
    ['no proxy, no header', '203.0.113.9', undefined, '203.0.113.9'],
    ['a header from a stranger is nothing', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['behind a proxy', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['what the client wrote before it is nothing', '10.0.0.1', '1.2.3.4, 198.51.100.1', '198.51.100.1'],
    ['a client that poses as a proxy', '10.0.0.1', '1.2.3.4, 10.9.9.9, 198.51.100.1', '198.51.100.1'],
    ['two proxies', '10.0.0.1', '198.51.100.1, 192.0.2.1', '198.51.100.1'],
    ['only proxies', '10.0.0.1', '10.0.0.2', '10.0.0.2'],
    ['rubbish', '10.0.0.1', '198.51.100.1, unknown', '10.0.0.1'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['with a port', '10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['IPv6 with a port', '10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['a proxy that speaks IPv6', 'fd00::1', '198.51.100.1', '198.51.100.1'],
    ['a proxy on a socket for both', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a thousand hops', '10.0.0.1', Array(1000).fill('10.0.0.2').join(), '10.0.0.2'],
    ['no address', undefined, '198.51.100.1', 'unknown'],
  ])('%s', (_name, remote, forwardedFor, expected) => {
    expect(clientAddress(remote, forwardedFor, trusted)).toBe(expected);
  });
});

describe('attack 85: aliases of one IPv6 network', () => {
  const nobody = parseTrustedProxies([], []);
  const keyOf = (address: string): string => addressKey(clientAddress(address, undefined, nobody));

  test.each([
    '2001:db8:1:2::1',
    '2001:0DB8:0001:0002:0000:0000:0000:0001',
    '2001:db8:1:2:ffff:ffff:ffff:ffff',
    '2001:db8:1:2:3::',
  ])('%s counts as its /64', (address) => expect(keyOf(address)).toBe('2001:db8:1:2::/64'));
  test.each(['::ffff:198.51.100.7', '::ffff:c633:6407', '0:0:0:0:0:FFFF:c633:6407'])(
    '%s is an IPv4 address',
    (address) => expect(keyOf(address)).toBe('198.51.100.7'),
  );
  test.each(['2001:db8:1:3::1', '::1', '1::'])('%s is another', (address) =>
    expect(keyOf(address)).not.toBe('2001:db8:1:2::/64'),
  );
});

test('attack 85: the streams of the feed are counted for a /64 as well', async () => {
  const open = (remoteAddress: string): Promise<Response> =>
    shared.service.fetch(
      new Request(shared.url + ROUTES.revocations, { headers: { accept: 'text/event-stream' } }),
      { remoteAddress },
    );
  const streams = await Promise.all(
    Array.from({ length: 513 }, (_, i) => open(`2001:db8:7:7::${i.toString(16)}`)),
  );
  expect(streams.filter(({ status }) => status === 429)).toHaveLength(1);
  streams.push(await open('2001:db8:7:8::1'));
  expect(streams.at(-1)?.status).toBe(200);
  for (const { body } of streams) await body?.cancel();
});

describe('attack 84, 85, 86: headers and limits', () => {
  const limited = useService({ limits: 'on' });
  const behind = useService({ limits: 'on', trustedProxies: ['127.0.0.1'] });
  // Too short to be hashed: the attempt is counted before that.
  const body = { email: 'nobody@example.com', password: 'short' };
  const spoofs = (i: number): Record<string, string> => ({
    'x-forwarded-for': `198.51.100.${i}`,
    'x-real-ip': `198.51.100.${i}`,
    forwarded: `for=198.51.100.${i}`,
    'x-client-ip': `198.51.100.${i}`,
    'cf-connecting-ip': `198.51.100.${i}`,
    'true-client-ip': `198.51.100.${i}`,
    x_forwarded_for: `198.51.100.${i}`,
  });

  test('attack 86: a header with underscores is no other spelling of the one that a proxy sets', async () => {
    const agent = behind.agent();
    const credentials = { email: behind.email(), password: PASSWORD };
    const { x_forwarded_for, 'x-forwarded-for': named } = spoofs(7);
    await behind.agent().post(ROUTES.register, credentials, { x_forwarded_for });
    await agent.post(ROUTES.login, credentials, { 'x-forwarded-for': named });
    const { sessions } = (await agent.send(ROUTES.sessions)).json<SessionsAnswer>();
    expect(sessions.map(({ ip }) => ip)).toEqual(['198.51.100.7', '127.0.0.1']);
  });

  test('F1: a client without a trusted proxy changes its address by no header', async () => {
    const agent = limited.agent();
    await agent.register(limited.email());
    const attempts = await Promise.all(
      Array.from({ length: 30 }, (_, i) => agent.post(ROUTES.register, body, spoofs(i))),
    );
    expect(attempts.filter(({ code }) => code === 'password_too_weak')).toHaveLength(29);
    const refused = await agent.post(ROUTES.register, body, spoofs(200));
    expect(refused.code).toBe('rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const { sessions } = (await agent.send(ROUTES.sessions)).json<SessionsAnswer>();
    expect(sessions[0]?.ip).toBe('127.0.0.1');
  });

  test('F1: behind a trusted proxy each client counts by itself, IPv6 by its /64', async () => {
    const attempt = async (address: string): Promise<string | undefined> =>
      (await behind.agent().post(ROUTES.register, body, { 'x-forwarded-for': `1.1.1.1, ${address}` })).code;
    for (let i = 0; i < 30; i++) {
      expect(await attempt(`2001:db8:1:2::${i.toString(16)}`)).toBe('password_too_weak');
    }
    expect(await attempt('2001:0DB8:1:2:abcd::1')).toBe('rate_limited');
    expect(await attempt('2001:db8:1:3::1')).toBe('password_too_weak');
  });
});

describe('attack 88: HTTP that two servers would read differently, and too much of it', () => {
  const body = '{}';
  const post = `POST ${ROUTES.logout} HTTP/1.1`;
  const host = 'Host: localhost';
  const json = 'Content-Type: application/json';
  const headers = Array.from({ length: 3000 }, (_, i) => `X-${i}: ${'x'.repeat(30)}`);

  test.each<[string, string]>([
    [
      'length and chunks',
      rawRequest(post, [host, json, 'Content-Length: 2', 'Transfer-Encoding: chunked'], body),
    ],
    ['two lengths', rawRequest(post, [host, json, 'Content-Length: 2', 'Content-Length: 3'], body)],
    ['a length with a sign', rawRequest(post, [host, json, 'Content-Length: +2'], body)],
    ['an obfuscated encoding', rawRequest(post, [host, json, 'Transfer-Encoding: xchunked'], body)],
    ['a space before the colon', rawRequest(post, [host, json, 'Content-Length : 2'], body)],
    ['a folded header', rawRequest(post, [host, json, 'X-A: b', ' c', 'Content-Length: 2'], body)],
    ['no host', rawRequest(post, [json, 'Content-Length: 2'], body)],
    ['a host that is none', rawRequest(post, ['Host: a b/c?d', json, 'Content-Length: 2'], body)],
    ['a bare line feed', `${post}\n${host}\n${json}\nContent-Length: 2\nConnection: close\n\n{}`],
    ['a NUL in a header', rawRequest(post, [host, json, 'X-A: a\0b', 'Content-Length: 2'], body)],
    ['two hosts', rawRequest('GET /healthz HTTP/1.1', [host, 'hOST: evil.example'])],
    ['no HTTP', 'hello\r\n\r\n'],
    ['too many headers', rawRequest(post, [host, ...headers])],
    ['a path of 100 kB', rawRequest(`GET /${'x'.repeat(100_000)} HTTP/1.1`, [host])],
  ])('%s: 4xx and the end of the connection', async (_name, text) => {
    const answer = await sendRaw(shared.url, text);
    expect(statusOf(answer)).toBeGreaterThanOrEqual(400);
    expect(statusOf(answer)).toBeLessThan(500);
    expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(1);
    expect(answer).toMatch(/x-content-type-options: nosniff/i);
  });

  test('a client that leaves in the middle of a body is no defect of the server', async () => {
    const before = shared.log.length;
    const socket = connect(Number(new URL(shared.url).port), '127.0.0.1');
    socket.write(rawRequest(post, [host, json, 'Content-Length: 1000'], '{"refresh_token":"'), () =>
      socket.destroy(),
    );
    await vi.waitFor(() => expect(shared.log.length).toBeGreaterThan(before));
    expect(shared.log.slice(before).map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ status: 400, code: 'request_invalid' }),
    ]);
  });
});

test('attack 88: slow headers and bodies are bounded in time', () => {
  const server = createNodeServer(shared.service);
  expect(server.headersTimeout).toBeLessThanOrEqual(10_000);
  expect(server.requestTimeout).toBeLessThanOrEqual(20_000);
  expect(server.maxHeadersCount).toBe(100);
});

test('attack 87: what a device says of itself is text, whatever it is', async () => {
  const agent = shared.agent();
  const body = { email: shared.email(), password: PASSWORD };
  for (const userAgent of ['/', '<script>alert(1)</script>', 'x'.repeat(4000), 'a\tb', '   ']) {
    const browser = shared.agent();
    await browser.post(ROUTES.register, { ...body, email: shared.email() }, { 'user-agent': userAgent });
    const { sessions } = (await browser.send(ROUTES.sessions)).json<SessionsAnswer>();
    expect(sessions[0]?.device.length).toBeLessThanOrEqual(300);
    expect(sessions[0]?.device).not.toBe('');
  }
  expect((await agent.post(ROUTES.register, body)).status).toBe(201);
});
