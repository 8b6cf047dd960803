import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ERRORS,
  HEADERS,
  PROBLEM_MEDIA_TYPE,
  ROUTES,
  SAFE_METHODS,
  bearerChallenge,
  cookieNames,
  problemDocument,
  readCookies,
} from '@latchstring/protocol';
import type { ErrorCode, UserView } from '@latchstring/protocol';
import type { Clock } from './clock.ts';

/** A request that the server has seen. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers one request instead of the server; what it returns is sent, and undefined lets the server answer. */
export type Script = (seen: Seen) => Promise<Reply | undefined> | Reply | undefined;

/** A status with a body. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string | string[]>;
}

/** A server that speaks the wire protocol over real HTTP, with one account, and an API beside it under `/api`. */
export interface WireServer {
  readonly origin: string;
  readonly seen: readonly Seen[];
  /** How long access tokens last, in seconds. */
  lifetime: number;
  roles: readonly string[];
  policy: { client_timeout: number; superseded_window: number };
  /** The requests to a path. */
  count(path: string): number;
  /** Takes over the next requests to a path, one each; the last stays in place if `forever`. */
  script(path: string, ...scripts: readonly Script[]): void;
  scriptForever(path: string, script: Script): void;
  /** Ends the session of the server's own accord. */
  endSession(): void;
  /** Lets the server's own clock run on: tokens expire, and no tab knows. */
  skip(milliseconds: number): void;
  /** Changes the session's rights: tokens from before are outdated. */
  outdate(): void;
  close(): Promise<void>;
}

/** The password of the account. */
export const PASSWORD = 'correct horse battery staple';

interface Session {
  readonly id: string;
  readonly csrf: string;
  version: number;
  ended: boolean;
}

/** A problem document as an answer. */
export function problem(code: ErrorCode, headers: Record<string, string> = {}, extra: object = {}): Reply {
  const challenge = bearerChallenge(code);
  return {
    status: ERRORS[code].status,
    body: { ...problemDocument(code, `detail of ${code}`, 'trace-1'), ...extra },
    headers: {
      'content-type': PROBLEM_MEDIA_TYPE,
      ...(challenge && { 'www-authenticate': challenge }),
      ...headers,
    },
  };
}

/** Starts a server on a free port of localhost. */
export async function startWireServer(clock: Clock): Promise<WireServer> {
  const sessions = new Map<string, Session>();
  const scripts = new Map<string, Script[]>();
  const standing = new Map<string, Script>();
  const seen: Seen[] = [];
  let made = 0;
  let ahead = 0;
  const now = (): number => clock.now() + ahead;
  const account = { email: 'ada@example.com', name: 'Ada' };

  const server: Server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const names = cookieNames({ issuer: origin });

  const wire: WireServer = {
    origin,
    seen,
    lifetime: 900,
    roles: ['member'],
    policy: { client_timeout: 15, superseded_window: 30 },
    count: (path) => seen.filter(({ url }) => url === path).length,
    script: (path, ...list) => void scripts.set(path, [...(scripts.get(path) ?? []), ...list]),
    scriptForever: (path, script) => void standing.set(path, script),
    endSession: () => sessions.forEach((session) => (session.ended = true)),
    skip: (milliseconds) => void (ahead += milliseconds),
    outdate: () => sessions.forEach((session) => session.version++),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method = '', url = '', headers } = request;
    const one: Seen = { method, url, headers, body };
    seen.push(one);
    const script = scripts.get(url)?.shift() ?? standing.get(url);
    const reply = (await script?.(one)) ?? answer(one);
    if (reply.status === 0) {
      response.destroy();
      return;
    }
    response.writeHead(reply.status, {
      ...(reply.body !== undefined && { 'content-type': 'application/json' }),
      ...reply.headers,
    });
    response.end(typeof reply.body === 'object' ? JSON.stringify(reply.body) : reply.body);
  }

  function answer(one: Seen): Reply {
    const { url, method } = one;
    if (url === ROUTES.login) return login(one, PASSWORD);
    if (url === ROUTES.register) return { ...login(one), status: 201 };
    if (url === ROUTES.refresh) return refresh(one);
    if (url === ROUTES.logout) return logout(one);
    const session = sessionOf(one);
    if (typeof session === 'string') return problem(session);
    if (url === ROUTES.session) return { status: 200, body: sessionView(session, remaining(one)) };
    if (url === ROUTES.sessions)
      return { status: 200, body: { sessions: [{ id: session.id, current: true }] } };
    if (url.startsWith(`${ROUTES.sessions}/`) && method === 'DELETE') return end(session);
    if (url === ROUTES.logoutAll) return end(session);
    if (url === ROUTES.passwordChange) return { ...issue(session), status: 200 };
    return { status: 200, body: { method, url, body: one.body, session: session.id } };
  }

  function login({ body }: Seen, password?: string): Reply {
    const given = JSON.parse(body) as { password: string };
    if (password !== undefined && given.password !== password) return problem('credentials_invalid');
    const id = `0193-session-${++made}`;
    const session = { id, csrf: `csrf-of-${id}`, version: 1, ended: false };
    sessions.set(id, session);
    return issue(session, true);
  }

  function refresh({ headers }: Seen): Reply {
    const [token] = readCookies(headers.cookie, names.refresh);
    if (token === undefined) return problem('credentials_missing');
    const session = sessions.get(token.split('.')[1] ?? '');
    if (!session || session.ended) return { ...problem('session_ended'), headers: cleared() };
    if (headers[HEADERS.csrf] !== session.csrf) return problem('csrf_failed');
    return issue(session);
  }

  function logout({ headers }: Seen): Reply {
    const [token] = readCookies(headers.cookie, names.refresh);
    if (token === undefined) return problem('credentials_missing');
    const session = sessions.get(token.split('.')[1] ?? '');
    if (session && headers[HEADERS.csrf] !== session.csrf) return problem('csrf_failed');
    return end(session);
  }

  function end(session: Session | undefined): Reply {
    if (session) session.ended = true;
    return { status: 204, headers: cleared() };
  }

  // The session of the access token, or why there is none.
  function sessionOf({ method, headers }: Seen): Session | ErrorCode {
    const [token] = readCookies(headers.cookie, names.access);
    if (token === undefined) return 'credentials_missing';
    const [, id = '', version, expiry] = token.split('.');
    const session = sessions.get(id);
    if (!session) return 'token_untrusted';
    if (Number(expiry) <= now()) return 'token_expired';
    if (session.ended) return 'token_revoked';
    if (Number(version) < session.version) return 'token_outdated';
    if (!SAFE_METHODS.includes(method) && headers[HEADERS.csrf] !== session.csrf) return 'csrf_failed';
    return session;
  }

  function remaining({ headers }: Seen): number {
    const [token = ''] = readCookies(headers.cookie, names.access);
    return (Number(token.split('.')[3]) - now()) / 1000;
  }

  function sessionView({ id }: Session, seconds: number): object {
    const user: UserView = { id: '0193-user', email_verified: true, roles: wire.roles, ...account };
    const at = new Date(now()).toISOString();
    const session = { id, created_at: at, idle_expires_at: at, expires_at: at };
    return { user, session, access_token_expires_in: seconds, refresh: wire.policy };
  }

  function issue(session: Session, withUser = false): Reply {
    const { user, ...view } = sessionView(session, wire.lifetime) as Record<string, unknown>;
    const access = `access.${session.id}.${session.version}.${now() + wire.lifetime * 1000}`;
    return {
      status: 200,
      body: withUser ? { user, ...view } : { ...view, rotated: true },
      headers: {
        'set-cookie': [
          `${names.access}=${access}; Path=/; HttpOnly`,
          `${names.refresh}=refresh.${session.id}.${now()}; Path=/auth/v1; HttpOnly`,
          `${names.csrf}=${session.csrf}; Path=/`,
        ],
      },
    };
  }

  function cleared(): Record<string, string[]> {
    return {
      'set-cookie': [
        `${names.access}=; Path=/; HttpOnly; Max-Age=0`,
        `${names.refresh}=; Path=/auth/v1; HttpOnly; Max-Age=0`,
        `${names.csrf}=; Path=/; Max-Age=0`,
      ],
    };
  }

  return wire;
}
