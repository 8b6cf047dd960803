import { once } from 'node:events';
import { request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerificationError, Verifier } from '../../src/index.ts';
import { APP, COOKIE, COOKIE_CLAIMS, CSRF_TOKEN, token, verifierOf } from '../support.ts';

/** What every adapter serves for the tests below, with a CORS layer of the framework before it. */
export interface AdapterSetup {
  readonly verifier: Verifier;
  readonly onRefusal: (error: VerificationError, traceId: string) => void;
}

/**
 * A server with the routes `GET|POST /me` (required: answers `{subject}`), `GET /admin` (role admin), `GET /open` (required, `onStale: 'open'`),
 * `GET /maybe` (optional, `onStale: 'open'`: answers `{subject: null}` without a credential).
 */
export type StartServer = (setup: AdapterSetup) => Promise<Server>;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

type SentHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Node's own client: unlike fetch it sends a header twice when told to. */
async function send(port: number, path: string, headers: SentHeaders = {}, method = 'GET'): Promise<Answer> {
  const outgoing = httpRequest({ port, path, method, host: 'localhost', agent: false });
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [
    AsyncIterable<Buffer> & { statusCode: number; headers: Answer['headers'] },
  ];
  let text = '';
  for await (const chunk of response) text += chunk.toString();
  return {
    status: response.statusCode,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
  };
}

/** One contract that every adapter keeps, tested against a real server. */
export function describeAdapter(name: string, start: StartServer): void {
  describe(`C4: ${name}`, () => {
    const refusals: (readonly [string, string])[] = [];
    let server: Server;
    let port = 0;

    beforeAll(async () => {
      server = await start({
        verifier: verifierOf(),
        onRefusal: ({ code }, traceId) => refusals.push([code, traceId]),
      });
      if (!server.listening) await once(server.listen(0, 'localhost'), 'listening');
      port = (server.address() as AddressInfo).port;
    });
    afterAll(() => {
      server.close();
      server.closeAllConnections();
    });

    const bearer = token();
    const authorization = `Bearer ${bearer}`;
    const cookie = `${COOKIE}=${token(COOKIE_CLAIMS)}`;

    it('gives the principal to the handler', async () => {
      for (let i = 0; i < 2; i++) {
        const answer = await send(port, '/me', { authorization });
        expect([answer.status, answer.body['subject']]).toEqual([
          200,
          '018f6d2a-0000-7000-8000-000000000001',
        ]);
      }
      expect((await send(port, '/me', { cookie })).status).toBe(200);
    });

    it('answers a refusal as a problem document that a page on another origin can read', async () => {
      const answer = await send(port, '/me', { origin: APP });
      const traceId = answer.headers['x-trace-id'];
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ code: 'credentials_missing', status: 401, trace_id: traceId });
      expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer', 'cache-control': 'no-store' });
      expect(answer.headers['content-type']).toBe('application/problem+json');
      // The application's own CORS layer has set its headers, and the guard has added to them.
      expect(answer.headers['access-control-allow-origin']).toBe(APP);
      expect(answer.headers['access-control-allow-credentials']).toBe('true');
      const exposed = String(answer.headers['access-control-expose-headers']).split(/,\s*/);
      expect(exposed).toEqual(
        expect.arrayContaining(['X-Own', 'WWW-Authenticate', 'Retry-After', 'X-Trace-Id']),
      );
      expect(refusals.at(-1)).toEqual(['credentials_missing', traceId]);
    });

    it.each<[string, string, string, SentHeaders, number, string]>([
      ['a broken token', '/me', 'GET', { authorization: 'Bearer x' }, 401, 'token_malformed'],
      [
        'a token that has ended',
        '/me',
        'GET',
        { authorization: `Bearer ${token({ exp: 1 })}` },
        401,
        'token_expired',
      ],
      ['a missing role', '/admin', 'GET', { authorization }, 403, 'role_missing'],
      ['a cookie without its proof', '/me', 'POST', { cookie, origin: APP }, 403, 'csrf_failed'],
      [
        'attack 38: two Authorization headers',
        '/me',
        'GET',
        { authorization: [authorization, authorization] },
        400,
        'credentials_ambiguous',
      ],
      [
        'attack 38: a header and a cookie',
        '/me',
        'GET',
        { authorization, cookie },
        400,
        'credentials_ambiguous',
      ],
      [
        'attack 38: two Cookie headers',
        '/me',
        'GET',
        { cookie: [cookie, cookie] },
        400,
        'credentials_ambiguous',
      ],
      [
        'attack 39: a token in the query string',
        `/me?access_token=${bearer}`,
        'GET',
        {},
        401,
        'credentials_missing',
      ],
      [
        'a broken token on an optional route',
        '/maybe',
        'GET',
        { authorization: 'Bearer x' },
        401,
        'token_malformed',
      ],
    ])('refuses %s', async (_name, path, method, headers, status, code) => {
      const answer = await send(port, path, headers, method);
      expect([answer.status, answer.body['code']]).toEqual([status, code]);
      expect(JSON.stringify([answer.headers, answer.body])).not.toContain(bearer);
    });

    it('lets a cookie request with its proof change things', async () => {
      const answer = await send(port, '/me', { cookie, origin: APP, 'x-csrf-token': CSRF_TOKEN }, 'POST');
      expect(answer.status).toBe(200);
    });

    it('lets a request without a credential pass on an optional route', async () => {
      expect((await send(port, '/maybe')).body).toEqual({ subject: null });
      expect((await send(port, '/maybe', { authorization })).body['subject']).not.toBeNull();
    });

    it('B4: leaves a preflight to the CORS layer', async () => {
      const headers = {
        origin: APP,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-csrf-token',
      };
      const answer = await send(port, '/me', headers, 'OPTIONS');
      expect(answer.status).toBe(204);
      expect(answer.headers['access-control-allow-origin']).toBe(APP);
    });

    it('says when to come back while the keys cannot be loaded', async () => {
      const keys = { find: () => Promise.reject(new Error('down')), holds: () => false };
      const other = await start({ verifier: verifierOf({ keys }), onRefusal: () => undefined });
      if (!other.listening) await once(other.listen(0, 'localhost'), 'listening');
      const answer = await send((other.address() as AddressInfo).port, '/me', { authorization });
      other.close();
      expect([answer.status, answer.body['code']]).toEqual([503, 'keys_unavailable']);
      expect(answer.headers['retry-after']).toBe('1');
    });

    it('attack 50: says when to come back while the feed is stale, but on routes that chose to stay open', async () => {
      const revocations = {
        fetch: () => Promise.reject(new TypeError('fetch failed')),
        onFailure: () => undefined,
      };
      const verifier = verifierOf({ revocations });
      const other = await start({ verifier, onRefusal: () => undefined });
      if (!other.listening) await once(other.listen(0, 'localhost'), 'listening');
      const { port: otherPort } = other.address() as AddressInfo;
      const answers = [];
      for (const path of ['/me', '/open', '/maybe', '/admin'])
        answers.push(await send(otherPort, path, { authorization }));
      await verifier.close();
      other.close();
      expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
        [503, 'revocations_stale'],
        [200, undefined],
        [200, undefined],
        [503, 'revocations_stale'],
      ]);
      expect(answers[0]?.headers['retry-after']).toBe('1');
      expect(answers[0]?.headers['www-authenticate']).toBeUndefined();
      expect(String(answers[0]?.headers['access-control-expose-headers'])).toContain('Retry-After');
    });
  });
}
