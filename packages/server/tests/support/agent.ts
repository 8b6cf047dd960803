import { HEADERS, ROUTES, cookieNames } from '@latchstring/protocol';
import type {
  BearerTokens,
  CookieNames,
  CookieScope,
  LoginAnswer,
  ProblemDocument,
} from '@latchstring/protocol';
import { APP_ORIGIN, ISSUER, PASSWORD } from './service.ts';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws if it is none. */
  json<T = Record<string, unknown>>(): T;
  /** The code of a problem document; undefined for any other answer. */
  readonly code: ProblemDocument['code'] | undefined;
}

/** What a request may carry beside its path. */
export interface AgentRequest {
  readonly method?: string;
  /** Sent as JSON. A string is sent as it is. */
  readonly body?: unknown;
  /** These win over what the agent sends by itself; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/**
 * A browser's part in a test: keeps cookies, sends the page's Origin and the CSRF token. Everything that it knows can be
 * read and changed, so that it can play an attacker as well.
 */
export class Agent {
  readonly cookies: Map<string, string> = new Map<string, string>();
  readonly names: CookieNames;
  readonly url: string;
  readonly #scope: CookieScope;

  constructor(url: string, scope: CookieScope = { issuer: ISSUER }) {
    this.url = url;
    this.#scope = scope;
    this.names = cookieNames(scope);
  }

  /** Another agent with the same cookies: a second tab that has gone its own way, or a thief's copy. */
  clone(url: string = this.url): Agent {
    const copy = new Agent(url, this.#scope);
    for (const [name, value] of this.cookies) copy.cookies.set(name, value);
    return copy;
  }

  get refreshToken(): string | undefined {
    return this.cookies.get(this.names.refresh);
  }

  get accessToken(): string | undefined {
    return this.cookies.get(this.names.access);
  }

  async send(path: string, { method, body, headers = {} }: AgentRequest = {}): Promise<Answer> {
    const csrf = this.cookies.get(this.names.csrf);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const all: Record<string, string | undefined> = {
      origin: this.#scope.issuer === ISSUER ? APP_ORIGIN : this.#scope.issuer,
      ...(cookie === '' ? {} : { cookie }),
      ...(csrf === undefined ? {} : { [HEADERS.csrf]: csrf }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
    const response = await fetch(this.url + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
      redirect: 'manual',
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    this.#keep(response.headers.getSetCookie());
    return toAnswer(response);
  }

  post(path: string, body: unknown = {}, headers: AgentRequest['headers'] = {}): Promise<Answer> {
    return this.send(path, { method: 'POST', body, headers });
  }

  /** Signs up in cookie mode. */
  async register(email: string, password: string = PASSWORD): Promise<LoginAnswer> {
    return requireStatus(await this.post(ROUTES.register, { email, password }), 201).json();
  }

  /** Signs up in bearer mode, as a client that is no browser. */
  async registerBearer(
    email: string,
    password: string = PASSWORD,
  ): Promise<LoginAnswer & Required<BearerTokens>> {
    const body = { email, password, mode: 'bearer' };
    return requireStatus(await this.post(ROUTES.register, body, { origin: undefined }), 201).json();
  }

  /** Logs in in cookie mode. */
  async login(email: string, password: string = PASSWORD): Promise<LoginAnswer> {
    return requireStatus(await this.post(ROUTES.login, { email, password }), 200).json();
  }

  refresh(): Promise<Answer> {
    return this.post(ROUTES.refresh);
  }

  session(): Promise<Answer> {
    return this.send(ROUTES.session);
  }

  /** A call with an access token in the Authorization header, and no cookie. */
  bearer(path: string, token: string, request: AgentRequest = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}`, cookie: undefined, origin: undefined };
    return this.send(path, {
      ...request,
      headers: { ...headers, [HEADERS.csrf]: undefined, ...request.headers },
    });
  }

  #keep(setCookies: readonly string[]): void {
    for (const setCookie of setCookies) {
      const [pair = '', ...attributes] = setCookie.split('; ');
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, pair.slice(at + 1));
    }
  }
}

async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: <T>() => JSON.parse(text) as T,
    code: isProblem && text !== '' ? (JSON.parse(text) as ProblemDocument).code : undefined,
  };
}

function requireStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status)
    throw new Error(`expected ${status}, got ${answer.status} ${answer.code ?? ''}`);
  return answer;
}
