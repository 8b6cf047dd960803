import { HEADERS, ROUTES, cookieNames } from '@latchstring/protocol';
import type { LoginAnswer, RefreshAnswer, SessionMode } from '@latchstring/protocol';
import type { LatchstringOptions } from '../../src/config/options.ts';
import type { StoredSecurityEvent } from '../../src/domain/event.ts';
import type { RevocationEntry } from '../../src/domain/revocation.ts';
import type { SessionsTable } from '../../src/store/schema.ts';
import { emptyDatabase } from '../store/databases.ts';
import type { Dialect, TestDatabase } from '../store/databases.ts';
import { Agent } from '../support/agent.ts';
import type { Answer } from '../support/agent.ts';
import { ISSUER, PASSWORD, startService, testOptions } from '../support/service.ts';
import type { ServiceUnderTest } from '../support/service.ts';

/** The times of the protocol as they are unless set. Milliseconds. */
export const M = 120_000;
export const S = 30_000;
/** Far enough from a limit that a slow machine does not cross it. */
export const MARGIN = 10_000;

export const MODES: readonly SessionMode[] = ['cookie', 'bearer'];

const NAMES = cookieNames({ issuer: ISSUER });

/** A database with one or several services on it, all with one secret and one idea of the time. */
export interface World {
  readonly database: TestDatabase;
  readonly main: ServiceUnderTest;
  /** Moves the time of every service. Milliseconds. */
  advance(milliseconds: number): void;
  /** One more service on the same database: another server, or the same one after a restart. */
  start(overrides?: Partial<LatchstringOptions>): Promise<ServiceUnderTest>;
  /** A session's row, as it is in the database. */
  row(id: string): Promise<SessionsTable | undefined>;
  /** The security log of a session, oldest first. */
  events(sessionId: string): Promise<StoredSecurityEvent['kind'][]>;
  /** What the revocation log says of a session. */
  revocations(sessionId: string): Promise<RevocationEntry[]>;
  end(): Promise<void>;
}

/** Starts a service on an empty database. */
export async function createWorld(
  dialect: Dialect,
  overrides: Partial<LatchstringOptions> = {},
): Promise<World> {
  const database = await emptyDatabase(dialect);
  const shared = testOptions(overrides);
  const started: ServiceUnderTest[] = [];
  let offset = 0;
  const start = async (more: Partial<LatchstringOptions> = {}): Promise<ServiceUnderTest> => {
    const service = await startService(database, { ...shared, clockOffset: () => offset, ...more });
    started.push(service);
    return service;
  };
  const main = await start();
  const { store } = main.service.administration;
  return {
    database,
    main,
    advance: (milliseconds) => (offset += milliseconds),
    start,
    async row(id) {
      return (await database.sql<SessionsTable>('select * from sessions where id = ?', id))[0];
    },
    async events(sessionId) {
      const events = await store.listEvents(10_000);
      return events
        .filter((event) => event.sessionId === sessionId)
        .map(({ kind }) => kind)
        .reverse();
    },
    async revocations(sessionId) {
      const records = (await store.readRevocations(0, 10_000)).records;
      return records
        .flatMap(({ entries }) => entries)
        .filter((entry) => entry.kind === 'session' && entry.id === sessionId);
    },
    async end() {
      for (const service of started) await service.stop();
      await database.drop();
    },
  };
}

/** What came of a refresh. */
export interface Refreshed {
  readonly answer: Answer;
  readonly status: number;
  readonly code: Answer['code'];
  /** Of the answer; undefined where it is no success. */
  readonly rotated: boolean | undefined;
  /** The tokens that were handed out, by the session's own channel. */
  readonly refreshToken: string | undefined;
  readonly accessToken: string | undefined;
}

/** One session and everything that is needed to use any token that it ever had. */
export interface Holder {
  readonly mode: SessionMode;
  readonly email: string;
  readonly sessionId: string;
  /** The tokens of the login. */
  readonly refreshToken: string;
  readonly accessToken: string;
  readonly csrf: string | undefined;
  refresh(token: string, url?: string): Promise<Refreshed>;
  /** Refreshes where a new token is due, and answers it. */
  rotate(token: string): Promise<string>;
  /** Uses an access token on one of the server's own routes. */
  session(accessToken: string, url?: string): Promise<Answer>;
  /** Posts a refresh token to a route, as this session does. */
  post(path: string, token: string, url?: string): Promise<Answer>;
}

let people = 0;

/** Signs a new person up in a mode. */
export async function signUp(url: string, mode: SessionMode): Promise<Holder> {
  const email = `person-${++people}@example.com`;
  const answer = await new Agent(url).post(ROUTES.register, { email, password: PASSWORD, mode });
  return holderOf(answer, url, mode, email);
}

/** Opens another session of a person. */
export async function logIn(url: string, { email, mode }: Pick<Holder, 'email' | 'mode'>): Promise<Holder> {
  const answer = await new Agent(url).post(ROUTES.login, { email, password: PASSWORD, mode });
  return holderOf(answer, url, mode, email);
}

function holderOf(login: Answer, home: string, mode: SessionMode, email: string): Holder {
  if (login.status >= 300) throw new Error(`refused: ${login.code ?? login.status}`);
  const { refreshToken = '', accessToken = '' } = tokensIn(login, mode);
  const csrf = mode === 'cookie' ? cookieIn(login, NAMES.csrf) : undefined;
  const post: Holder['post'] = (path, token, url = home) =>
    mode === 'cookie'
      ? new Agent(url).post(path, {}, { cookie: `${NAMES.refresh}=${token}`, [HEADERS.csrf]: csrf })
      : new Agent(url).post(path, { refresh_token: token }, { origin: undefined });
  const refresh: Holder['refresh'] = async (token, url) => {
    const answer = await post(ROUTES.refresh, token, url);
    const { status, code } = answer;
    const rotated = status === 200 ? answer.json<RefreshAnswer>().rotated : undefined;
    return { answer, status, code, rotated, ...tokensIn(answer, mode) };
  };
  return {
    mode,
    email,
    sessionId: login.json<LoginAnswer>().session.id,
    refreshToken,
    accessToken,
    csrf,
    refresh,
    async rotate(token) {
      const refreshed = await refresh(token);
      if (refreshed.refreshToken === undefined) throw new Error(`no new token: ${refreshed.code ?? 'young'}`);
      return refreshed.refreshToken;
    },
    session: (accessToken, url = home) =>
      new Agent(url).send(ROUTES.session, {
        headers:
          mode === 'cookie'
            ? { cookie: `${NAMES.access}=${accessToken}` }
            : { authorization: `Bearer ${accessToken}`, origin: undefined },
      }),
    post,
  };
}

function tokensIn(answer: Answer, mode: SessionMode): Pick<Refreshed, 'refreshToken' | 'accessToken'> {
  if (mode === 'cookie') {
    return { refreshToken: cookieIn(answer, NAMES.refresh), accessToken: cookieIn(answer, NAMES.access) };
  }
  const body = answer.json<Partial<RefreshAnswer>>();
  return { refreshToken: body.refresh_token, accessToken: body.access_token };
}

/** The value that an answer sets a cookie to; undefined where it sets none or takes it away. */
function cookieIn(answer: Answer, name: string): string | undefined {
  const line = answer.headers.getSetCookie().find((cookie) => cookie.startsWith(`${name}=`));
  const value = line?.slice(name.length + 1).split(';')[0];
  return value === '' ? undefined : value;
}
