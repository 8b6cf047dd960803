import { ROUTES } from '@latchstring/protocol';
import type {
  DeviceView,
  LoginAnswer,
  LoginRequest,
  PasswordChangeRequest,
  RegisterRequest,
  SessionAnswer,
  SessionsAnswer,
  SessionView,
} from '@latchstring/protocol';
import { createAhead } from './ahead.ts';
import { LatchstringError } from './errors.ts';
import { tabLock } from './lock.ts';
import type { TokenMark } from './lock.ts';
import { originOf, settingsOf } from './options.ts';
import type { ClientOptions } from './options.ts';
import { createRefresher } from './refresher.ts';
import type { Renewal } from './refresher.ts';
import { ANONYMOUS_STATE, createStore } from './state.ts';
import type { AuthenticatedState, SessionEvent, SessionState } from './state.ts';
import { openTabs } from './tabs.ts';
import type { TabMessage } from './tabs.ts';
import { codeOf, createTransport } from './transport.ts';

/** One call to a backend, for HTTP libraries other than fetch: what to send, and what to do about a 401. */
export interface Attempt {
  /** Headers to add to the request: the CSRF token, where the method needs it. Send it with credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * To be told the code of a 401. Refreshes where the code asks for it, and resolves to the attempt with which to
   * repeat the call, or to undefined where the answer stands. Rejects with LatchstringError where a refresh was
   * needed but the server could not be asked: nobody is logged out by that.
   */
  again(code: string | undefined): Promise<Attempt | undefined>;
}

/** The session client of a page, in cookie mode. Every method that asks the server rejects with LatchstringError. */
export interface Client {
  /** What is known now: an immutable snapshot. `unknown` until `session`, `login` or `register` has answered. */
  readonly state: SessionState;
  /** Logs in. Codes: `credentials_invalid`, `rate_limited`, `cookies_unreadable`. */
  login(credentials: Omit<LoginRequest, 'mode'>): Promise<AuthenticatedState>;
  /** Makes an account and logs in. Codes: `email_taken`, `password_too_weak`, `rate_limited`, `cookies_unreadable`. */
  register(account: Omit<RegisterRequest, 'mode'>): Promise<AuthenticatedState>;
  /** Ends this session. Resolves as well where it was over already. */
  logout(): Promise<void>;
  /** Ends all of the person's sessions, this one too. */
  logoutAll(): Promise<void>;
  /** Asks the server who is logged in; null for nobody. Calls at the same time share one request. */
  session(): Promise<AuthenticatedState | null>;
  /** The person's sessions on all devices. */
  sessions(): Promise<readonly DeviceView[]>;
  /** Ends one of them. Code: `not_found`. */
  endSession(id: string): Promise<void>;
  /** Changes the password and ends the other sessions. Codes: `credentials_invalid`, `password_too_weak`. */
  changePassword(passwords: PasswordChangeRequest): Promise<void>;
  /** Refreshes now, such as after a change of roles. Resolves to whether the session goes on. */
  refresh(): Promise<boolean>;
  /**
   * `fetch` with cookies, the CSRF token and a refresh where the token has expired, for the origins of the options
   * only: for any other it rejects with a TypeError. Resolves to the answer, whatever its status.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** The same for other HTTP libraries; undefined for an address that is not on the list of origins. */
  attempt(url: string, method: string): Attempt | undefined;
  /** Calls back on every change and every refresh, also those of other tabs. Returns what ends it. */
  onChange(listener: (event: SessionEvent) => void): () => void;
  /** Gives up timers, listeners and the channel to other tabs. The session is untouched. */
  close(): void;
}

/**
 * Makes the session client of a page. It reads no token: tokens are in cookies that scripts cannot see.
 *
 * Opens no connection until a method is called. Throws TypeError for an address in the options that is none.
 */
export function createClient(options: ClientOptions = {}): Client {
  const settings = settingsOf(options);
  const name = `latchstring:${settings.issuer}`;
  const store = createStore();
  const transport = createTransport(settings);
  const lock = tabLock(name, settings);
  const tabs = openTabs(name, settings, hear);
  // The newest refresh or login that this tab has made or heard of.
  let known: TokenMark | undefined;
  // Counts logins and logouts, so that an answer from before one is not taken for the present.
  let identity = 0;
  // The CSRF cookie is the session's own, so its change shows a login or logout that nobody told.
  let csrfSeen: string | undefined;
  let loading: Promise<AuthenticatedState | null> | undefined;

  const seen = (): number => known?.expiresAt ?? 0;
  const reload = (): void => void load('session').catch(() => undefined);

  const refresh = createRefresher({
    settings,
    transport,
    lock,
    known: seen,
    async renewed(renewal, outdated) {
      const mark = await marked(renewal);
      renew(renewal.session, mark, outdated, false);
      tabs.tell({ reason: 'refresh', session: renewal.session, expiresAt: mark.expiresAt, outdated });
    },
    adopted(mark) {
      known = mark;
      plan(mark.expiresAt);
    },
    ended: () => leave('ended'),
  });
  const ahead = createAhead({
    settings,
    changed: () => transport.csrf() !== csrfSeen,
    reload,
    refresh: () => refresh(seen(), false),
  });

  function hear(message: TabMessage): void {
    if (message.reason === 'refresh') {
      const { session, expiresAt, outdated } = message;
      renew(session, { expiresAt, session: session.id }, outdated, true);
    } else if (message.reason === 'login') {
      identity++;
      load('login', true).catch(() => undefined);
    } else if (isOurs(message.session)) leave(message.reason, true);
  }

  const isOurs = (session: string | undefined): boolean =>
    store.state.status === 'unknown' || store.state.session?.id === session;

  const expiry = (answer: Renewal): number => settings.wallClock() + answer.access_token_expires_in * 1000;
  const plan = (expiresAt: number): void => ahead.plan(expiresAt - settings.wallClock());

  async function marked(answer: Renewal): Promise<TokenMark> {
    if (!answer?.session) throw new LatchstringError('answer_unexpected');
    const mark = { expiresAt: expiry(answer), session: answer.session.id };
    await lock.mark(mark);
    return mark;
  }

  function enter(
    { user, session }: SessionAnswer | LoginAnswer,
    expiresAt: number,
    reason: 'login' | 'session',
    remote = false,
  ): AuthenticatedState {
    const state: AuthenticatedState = { status: 'authenticated', user, session, expiresAt };
    csrfSeen = transport.csrf();
    plan(expiresAt);
    store.set(state, reason, remote);
    return state;
  }

  function renew(session: SessionView, mark: TokenMark, outdated: boolean, remote: boolean): void {
    const { state } = store;
    const same = state.status === 'authenticated' && state.session.id === session.id;
    known = mark;
    csrfSeen = transport.csrf();
    plan(mark.expiresAt);
    store.set(same ? { ...state, session, expiresAt: mark.expiresAt } : state, 'refresh', remote);
    if (outdated || (!same && state.status !== 'unknown')) reload();
  }

  function leave(reason: 'logout' | 'ended' | 'session', remote = false): void {
    const { status, session } = store.state;
    identity++;
    known = undefined;
    csrfSeen = transport.csrf();
    ahead.plan(Infinity);
    if (status === 'anonymous') return;
    store.set(ANONYMOUS_STATE, reason, remote);
    if (!remote && reason !== 'session') tabs.tell({ reason, session: session?.id });
  }

  const needsRefresh = (code: string | undefined): boolean =>
    code === 'token_expired' ||
    code === 'token_outdated' ||
    (code === 'credentials_missing' && transport.csrf() !== undefined);

  // Two rounds only where the first relied on another tab: its token may have been the one that was refused.
  function attempt(method: string, rounds = 2): Attempt {
    const before = seen();
    const session = store.state.session?.id;
    ahead.used();
    return {
      headers: transport.headers(method),
      async again(code) {
        if ((code === 'token_revoked' || code === 'session_ended') && store.state.session?.id === session)
          leave('ended');
        if (rounds === 0 || !needsRefresh(code)) return undefined;
        const outcome = await refresh(before, code === 'token_outdated');
        // A call is not repeated in the name of whoever logged in meanwhile.
        if (outcome === 'over' || (session && known?.session !== session)) return undefined;
        return attempt(method, outcome === 'adopted' ? rounds - 1 : 0);
      },
    };
  }

  const isListed = (url: string): boolean => settings.origins.includes(originOf(url));

  // A call of our own, with the lock where its answer may set cookies.
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    for (let current: Attempt | undefined = attempt(method); ;) {
      try {
        const send = (): Promise<T> => transport.send<T>(method, path, body);
        return await (method === 'POST' ? lock.run(send) : send());
      } catch (error) {
        const { status, code } = error as LatchstringError;
        current = status === 401 ? await current.again(code) : undefined;
        if (!current) throw error;
      }
    }
  }

  function load(reason: 'session' | 'login', remote = false): Promise<AuthenticatedState | null> {
    loading ??= ask(reason, remote).finally(() => (loading = undefined));
    return loading;
  }

  async function ask(reason: 'session' | 'login', remote: boolean): Promise<AuthenticatedState | null> {
    const before = identity;
    try {
      const answer = await call<SessionAnswer>('GET', ROUTES.session);
      if (!answer?.user) throw new LatchstringError('answer_unexpected');
      if (identity === before) return enter(answer, expiry(answer), reason, remote);
    } catch (error) {
      const { status, code } = error as LatchstringError;
      if (identity === before) {
        if (status !== 401 || code === 'answer_unexpected' || needsRefresh(code)) throw error;
        leave('session');
        return null;
      }
    }
    if (store.state.status === 'anonymous') return null;
    return ask(reason, remote);
  }

  function entrance<Body extends object>(path: string): (body: Body) => Promise<AuthenticatedState> {
    return (body) =>
      lock.run(async () => {
        const answer = await transport.send<LoginAnswer>('POST', path, { ...body, mode: 'cookie' });
        known = await marked(answer);
        identity++;
        const state = enter(answer, known.expiresAt, 'login');
        tabs.tell({ reason: 'login' });
        if (csrfSeen === undefined) throw new LatchstringError('cookies_unreadable');
        return state;
      });
  }

  const exit = (path: string) => async (): Promise<void> => {
    await call('POST', path, {});
    leave('logout');
  };

  return {
    get state() {
      return store.state;
    },
    login: entrance(ROUTES.login),
    register: entrance(ROUTES.register),
    logout: exit(ROUTES.logout),
    logoutAll: exit(ROUTES.logoutAll),
    session: () => load('session'),
    async sessions() {
      return (await call<SessionsAnswer>('GET', ROUTES.sessions)).sessions;
    },
    async endSession(id) {
      await call('DELETE', `${ROUTES.sessions}/${encodeURIComponent(id)}`);
      if (id === store.state.session?.id) leave('logout');
    },
    changePassword: (passwords) => call('POST', ROUTES.passwordChange, passwords),
    refresh: async () => (await refresh(seen(), false)) !== 'over',
    async fetch(input, init) {
      // A new Request for every attempt, because a body is sent once.
      const build = (): Request =>
        new Request(input instanceof Request ? input.clone() : input, { ...init, credentials: 'include' });
      let request = build();
      if (!isListed(request.url)) throw new TypeError(`${originOf(request.url)} is not one of apiOrigins`);
      for (let current: Attempt | undefined = attempt(request.method); ; request = build()) {
        for (const [header, value] of Object.entries(current.headers)) request.headers.set(header, value);
        const response = await settings.fetch(request);
        if (response.status !== 401) return response;
        current = await current.again(await codeOf(response));
        // A stream cannot be read twice.
        if (!current || init?.body instanceof ReadableStream) return response;
      }
    },
    attempt: (url, method) => (isListed(url) ? attempt(method) : undefined),
    onChange: (listener) => store.onChange(listener),
    close() {
      ahead.stop();
      tabs.close();
    },
  };
}
