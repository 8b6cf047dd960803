import type { Attempt, Client } from './contract.ts';

/** The part of an axios request that the hook touches. */
export interface AxiosRequest {
  baseURL?: string | undefined;
  url?: string | undefined;
  method?: string | undefined;
  withCredentials?: boolean | undefined;
  headers: { set(name: string, value: string): unknown };
}

/** The part of an axios instance that the hook touches; axios itself is not imported. */
export interface AxiosInstanceLike {
  interceptors: {
    request: Interceptors<(request: never) => unknown>;
    response: Interceptors<(response: never) => unknown>;
  };
  request(config: never): Promise<unknown>;
}

interface Interceptors<Handler> {
  use(fulfilled: Handler | null, rejected?: (error: unknown) => unknown): number;
  eject(id: number): void;
}

interface AxiosFailure {
  readonly config?: AxiosRequest & Record<string, unknown>;
  readonly response?: {
    readonly status: number;
    readonly data: unknown;
    readonly headers: Record<string, unknown>;
  };
}

// Where a repeated request carries its attempt from the failure to the request interceptor.
const ATTEMPT = 'latchstringAttempt';

/**
 * Makes an axios instance send cookies, the CSRF token, and repeat a call once after a refresh, as `client.fetch` does.
 * Requests to origins that the client does not list pass untouched. Returns what takes the hook off again.
 *
 * Nothing is cancelled by taking it off. A refresh that fails rejects the call with LatchstringError instead of AxiosError.
 */
export function attach(axios: AxiosInstanceLike, client: Pick<Client, 'attempt'>): () => void {
  const attempts = new WeakMap<object, Attempt>();

  function prepare(request: AxiosRequest & Record<string, unknown>): AxiosRequest {
    const attempt =
      (request[ATTEMPT] as Attempt | undefined) ??
      client.attempt(addressOf(request), request.method ?? 'get');
    delete request[ATTEMPT];
    if (!attempt) return request;
    attempts.set(request, attempt);
    request.withCredentials = true;
    for (const [header, value] of Object.entries(attempt.headers)) request.headers.set(header, value);
    return request;
  }

  async function repeat(error: unknown): Promise<unknown> {
    const { config, response } = error as AxiosFailure;
    const attempt = config && attempts.get(config);
    if (!attempt || response?.status !== 401) throw error;
    const next = await attempt.again(codeOf(response));
    if (!next) throw error;
    return axios.request({ ...config, [ATTEMPT]: next } as never);
  }

  const request = axios.interceptors.request.use(prepare);
  const response = axios.interceptors.response.use(null, repeat);
  return () => {
    axios.interceptors.request.eject(request);
    axios.interceptors.response.eject(response);
  };
}

function addressOf({ baseURL, url = '' }: AxiosRequest): string {
  const page = globalThis.location?.href;
  // As axios does it: a base is put in front of everything but an absolute address.
  if (!baseURL || /^([a-z][a-z\d+\-.]*:)?\/\//i.test(url)) return new URL(url, page).href;
  return new URL(`${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`, page).href;
}

// With responseType "blob" or "stream" the body is no object, so the challenge is read as well (RFC 6750 section 3).
function codeOf({ data, headers }: NonNullable<AxiosFailure['response']>): string | undefined {
  const code = (data as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return code;
  const challenge = String(headers['www-authenticate']);
  return challenge === 'Bearer' ? 'credentials_missing' : /error_description="(\w+)"/.exec(challenge)?.[1];
}
