import { HEADERS, CLIENT_ROUTES, SAFE_METHODS, csrfCookieName } from '@latchstring/protocol';
import type {
  ProblemDocument,
  RefreshPolicyView,
  RefreshAnswer,
  SessionAnswer,
  SessionView,
  SessionsAnswer,
  UserView,
} from '@latchstring/protocol';
import type { Attempt, Client } from './contract.ts';
import { LatchstringError, isDenial } from './errors.ts';
import { tabLock } from './lock.ts';
import type { TokenMark } from './lock.ts';
import { originOf } from './options.ts';
import type { ClientOptions } from './options.ts';
import { ANONYMOUS_STATE, UNKNOWN_STATE } from './state.ts';
import type { AuthenticatedState, ChangeReason, SessionEvent, SessionState } from './state.ts';

// A refresh ahead comes at four fifths of the token's life, at most half a minute before its end, at most once a second.
const LIFE_SHARE = 0.8;
const LEAD_MILLISECONDS = 30_000;
const LEAST_MILLISECONDS = 1_000;

// What a refresh has come to. Adopted: another tab has just made one. Over: there is no session any more.
const REFRESHED = 0;
const ADOPTED = 1;
const OVER = 2;

// What error answers may hold.
type Problem = Partial<ProblemDocument> & { readonly refresh?: RefreshPolicyView };

// The JSON of an answer, undefined where it has none.
const bodyOf = <T>(response: Response): Promise<T | undefined> => response.json().catch(() => undefined);

// What answers tell of the access token have in common.
type Renewal = (RefreshAnswer & { readonly user?: UserView }) | SessionAnswer;

// What one tab tells the others of its origin: never a token, and nothing of the person. With a mark where there is a
// new access token, and whether it was fetched because the person's rights had changed.
type TabMessage = readonly [reason: ChangeReason, mark?: TokenMark, outdated?: boolean | undefined];

/**
 * Makes the session client of a page. It reads no token: tokens are in cookies that scripts cannot see.
 *
 * Opens no connection until a method is called. Throws TypeError for an address in the options that is none.
 */
// eslint-disable-next-line max-lines-per-function -- one closure, for 3 kB: property names between modules are not minified
export function createClient({
  // On a server that renders pages there is no location: a client may be made there, not used.
  platform = globalThis,
  baseUrl = platform.location?.origin ?? 'http://localhost',
  issuer = baseUrl,
  cookieDomain,
  apiOrigins = [],
  refreshAhead = true,
  fetch = (input, init) => platform.fetch(input, init),
}: ClientOptions = {}): Client {
  const { document, location } = platform;
  const base = originOf(baseUrl);
  const origins = [base, location?.origin, ...apiOrigins.map((origin) => originOf(origin))];
  const realm = originOf(issuer);
  const name = `latchstring:${realm}@`;
  const cookie = new RegExp(`(^|; )${csrfCookieName({ issuer: realm, cookieDomain })}=([^;]+)`);
  let policy: RefreshPolicyView = { client_timeout: 15, superseded_window: 30 };

  const lock = tabLock(name, platform);
  const listeners = new Set<(event: SessionEvent) => void>();
  let state: SessionState = UNKNOWN_STATE;
  // The newest refresh or login that this tab has made or heard of.
  let known: TokenMark = name;
  // The CSRF cookie is the session's own: a change shows a login or logout that this tab has not heard of.
  let csrfSeen: string | undefined;
  // Of the refresh before the token ends.
  let isDue = false;
  let timer: unknown;
  let loading: Promise<AuthenticatedState | null> | undefined;
  let refreshing: Promise<number> | undefined;

  // On a server a channel would keep the process alive.
  let channel = document && platform.BroadcastChannel && new platform.BroadcastChannel(name);
  if (channel) channel.onmessage = hear;
  const page = new AbortController();
  for (const event of ['visibilitychange', 'online']) platform.addEventListener?.(event, look, page);

  function csrf(): string | undefined {
    return cookie.exec(document?.cookie ?? '')?.[2];
  }

  function headers(method: string): Record<string, string> {
    const token = csrf();
    return token && !SAFE_METHODS.includes(method.toUpperCase()) ? { [HEADERS.csrf]: token } : {};
  }

  // One request to Latchstring. Throws where there is no answer.
  const send = (method: string, path: string, body?: object): Promise<Response> =>
    fetch(base + path, {
      method,
      headers: { ...headers(method), ...(body && { 'content-type': 'application/json' }) },
      body: JSON.stringify(body),
      credentials: 'include',
      // A password or a CSRF token does not follow a redirect to somewhere else.
      redirect: 'error',
      signal: AbortSignal.timeout(policy.client_timeout * 1000),
    }).catch((cause: unknown) => {
      throw new LatchstringError('network_failed', { cause });
    });

  // The body of a good answer. Throws for any other.
  async function read<T>(response: Response): Promise<T> {
    const { ok, status } = response;
    const body = await bodyOf<T & Problem>(response);
    policy = { ...policy, ...body?.refresh };
    if (ok && (body || status === 204)) return body as T;
    throw new LatchstringError(body?.code ?? 'answer_unexpected', {
      message: body?.detail,
      status,
      retryAfter: Number(response.headers.get('retry-after')) || undefined,
      traceId: body?.trace_id,
    });
  }

  // The one place where the state changes; the mark is that of the access token, if there is one.
  function set(reason: ChangeReason, mark: TokenMark, next: SessionState, remote = false): void {
    const expiresAt = parseInt(mark.slice(name.length));
    plan(expiresAt - platform.Date.now());
    state = next.user ? { ...next, expiresAt } : next;
    const event = { reason, state, remote };
    // Each in its own turn: a listener that throws is reported as unhandled and disturbs nobody.
    for (const listener of listeners) void Promise.resolve(event).then(listener);
  }

  // Plans the refresh before the token ends, in so many milliseconds; NaN for none. Timers are the monotonic clock here.
  function plan(milliseconds: number): void {
    isDue = false;
    platform.clearTimeout(timer as never);
    // Without a document it is a server that renders pages.
    if (refreshAhead && document && milliseconds) {
      timer = platform.setTimeout(
        () => {
          isDue = true;
          look();
        },
        Math.max(milliseconds * LIFE_SHARE, milliseconds - LEAD_MILLISECONDS, LEAST_MILLISECONDS),
      );
    }
  }

  // A forgotten tab in the background lets its session go idle; one that makes calls refreshes when one is refused.
  function look(): void {
    if (document?.visibilityState !== 'visible') return;
    if (csrf() !== csrfSeen) follow();
    // What fails now is tried again by the next call, or when the tab comes back.
    else if (isDue) refresh(known).catch(() => undefined);
  }

  // Takes over what an answer says. Where it came with a new token, the other tabs hear of it.
  async function take(reason: ChangeReason, answer: Renewal, outdated?: boolean): Promise<void> {
    const session = answer.session as SessionView | undefined;
    if (!session) throw new LatchstringError('answer_unexpected');
    const mark = `${name}${platform.Date.now() + answer.access_token_expires_in * 1000}@${session.id}`;
    if (reason !== 'session') {
      await lock.mark?.(mark);
      known = mark;
      channel?.postMessage([reason, mark, outdated]);
    }
    csrfSeen = csrf();
    const { user = state.session?.id === session.id && state.user } = answer;
    set(reason, mark, user ? ({ status: 'authenticated', user, session } as AuthenticatedState) : state);
    // A refresh names neither the person nor their roles.
    if (outdated) follow();
  }

  // Another tab has refreshed.
  function adopt(mark: TokenMark): void {
    known = mark;
    set('refresh', mark, state, true);
  }

  function leave(reason: ChangeReason, remote?: boolean): void {
    if (state.status === 'anonymous') return;
    known = name;
    csrfSeen = csrf();
    set(reason, known, ANONYMOUS_STATE, remote);
    if (!remote) channel?.postMessage([reason]);
  }

  // Somebody logged in or out elsewhere: the cookies know.
  function follow(reason: ChangeReason = 'session'): void {
    if (csrf()) load().catch(() => undefined);
    else leave(reason, true);
  }

  function hear({ data: [reason, mark, outdated] }: MessageEvent<TabMessage>): void {
    if (reason !== 'refresh') follow(reason);
    else if (mark && mark !== known) adopt(mark);
    if (outdated) follow();
  }

  const load = (): Promise<AuthenticatedState | null> =>
    (loading ??= ask().finally(() => (loading = undefined)));

  async function ask(): Promise<AuthenticatedState | null> {
    const before = csrf();
    const answer = await call<SessionAnswer>('GET', CLIENT_ROUTES.session).catch((error: unknown) => {
      if (!isDenial(error)) throw error;
    });
    const after = csrf();
    // The answer is from before a login or logout.
    if (after && after !== before) return ask();
    if (answer && after === before) await take('session', answer);
    else leave('session');
    return state.session && state;
  }

  // Joins the refresh that is under way. Resolves to whether the session goes on.
  const refresh = (seen: TokenMark, outdated?: boolean): Promise<number> =>
    (refreshing ??= run(seen, outdated).finally(() => (refreshing = undefined)));

  async function run(seen: TokenMark, outdated?: boolean): Promise<number> {
    for (let isLast = false; known <= seen; isLast = true) {
      const outcome = await lock.run(() => runLocked(seen, outdated, isLast));
      if (outcome !== undefined) return outcome;
      // Outside the lock, so that a person can log in or out meanwhile.
      await new Promise<void>((resolve) => {
        platform.setTimeout(resolve, policy.superseded_window * 1000);
      });
    }
    // A newer token has come by meanwhile, from here or elsewhere.
    return ADOPTED;
  }

  // Undefined: superseded, and the newer cookie is not there yet.
  async function runLocked(
    seen: TokenMark,
    outdated?: boolean,
    isLast?: boolean,
  ): Promise<number | undefined> {
    if (csrf()) {
      const mark = await lock.newer?.(seen);
      if (mark) {
        adopt(mark);
        return ADOPTED;
      }
      let isSuperseded = false;
      try {
        let response = await send('POST', CLIENT_ROUTES.refresh, {});
        isSuperseded = response.status === 409;
        if (isSuperseded) {
          await read(response).catch(() => undefined);
          // Scripts cannot see whether there is a newer cookie by now: the server can.
          response = await send('GET', CLIENT_ROUTES.session);
        }
        await take('refresh', await read(response), outdated);
        return REFRESHED;
      } catch (error) {
        if (!isDenial(error)) throw error;
        if (isSuperseded && !isLast) return undefined;
      }
    }
    leave('ended');
    return OVER;
  }

  const needsRefresh = (code: string | undefined): boolean =>
    code === 'token_expired' || code === 'token_outdated' || (code === 'credentials_missing' && !!csrf());

  // Two rounds only where the first relied on another tab: its token may have been the one that was refused.
  function attempt(method: string, rounds = 2): Attempt {
    const seen = known;
    const session = state.session?.id;
    return {
      headers: headers(method),
      async again(code) {
        if (code === 'token_revoked' && state.session?.id === session) leave('ended');
        if (!rounds || !needsRefresh(code)) return undefined;
        const outcome = await refresh(seen, code === 'token_outdated');
        // A call is not repeated in the name of whoever logged in meanwhile.
        if (outcome === OVER || (session && !known.endsWith(session))) return undefined;
        return attempt(method, outcome && rounds - 1);
      },
    };
  }

  const isListed = (url: string): boolean => origins.includes(originOf(url, location?.href));

  // Sends, and sends again where the attempt says so.
  async function persist(
    method: string,
    send: (headers: Attempt['headers']) => Promise<Response>,
    isRepeatable = true,
  ): Promise<Response> {
    for (let current: Attempt | undefined = attempt(method); ;) {
      const response = await send(current.headers);
      current =
        response.status === 401
          ? await current.again((await bodyOf<Problem>(response.clone()))?.code)
          : undefined;
      if (!current || !isRepeatable) return response;
    }
  }

  // A call to Latchstring itself, in the lock where its answer may set cookies.
  const call = async <T>(method: string, path: string, body?: object): Promise<T> =>
    read(
      await persist(method, () =>
        method === 'GET' ? send(method, path) : lock.run(() => send(method, path, body)),
      ),
    );

  const entrance = (path: string) => (body: object) =>
    lock.run(async () => {
      const answer = await read<SessionAnswer>(await send('POST', path, body));
      // Logged in, but not as far as this page can see: cookies are blocked, or the names in the options are wrong.
      if (!csrf()) throw new LatchstringError('credentials_missing');
      await take('login', answer);
      return state as AuthenticatedState;
    });

  const exit = (path: string) => async () => {
    await call('POST', path, {}).catch((error: unknown) => {
      // There is nobody to log out.
      if (path !== CLIENT_ROUTES.logout || !isDenial(error)) throw error;
    });
    leave('logout');
  };

  return {
    get state() {
      return state;
    },
    login: entrance(CLIENT_ROUTES.login),
    register: entrance(CLIENT_ROUTES.register),
    logout: exit(CLIENT_ROUTES.logout),
    logoutAll: exit(CLIENT_ROUTES.logoutAll),
    session: load,
    sessions: async () => (await call<SessionsAnswer>('GET', CLIENT_ROUTES.sessions)).sessions,
    async endSession(id) {
      await call('DELETE', `${CLIENT_ROUTES.sessions}/${id}`);
      if (id === state.session?.id) leave('logout');
    },
    async changePassword(passwords) {
      await take('refresh', await call<Renewal>('POST', CLIENT_ROUTES.passwordChange, passwords));
    },
    refresh: async () => (await refresh(known)) !== OVER,
    async fetch(input, init) {
      const { url = input as string, method = 'GET' } = input as Partial<Request>;
      if (!isListed(url)) throw new TypeError('Not in apiOrigins');
      return persist(
        init?.method ?? method,
        (headers) => {
          // A new Request for every attempt, because a body is sent once.
          const copy = input instanceof Request ? input.clone() : input;
          const request = new Request(copy, { ...init, credentials: 'include' });
          for (const header of Object.entries(headers)) request.headers.set(...header);
          return fetch(request);
        },
        // A stream cannot be read twice.
        !(init?.body instanceof ReadableStream),
      );
    },
    attempt: (url, method) => (isListed(url) ? attempt(method) : undefined),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      plan(NaN);
      page.abort();
      channel?.close();
      channel = undefined;
    },
  };
}
