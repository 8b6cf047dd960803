import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Attempt, Client } from './contract.ts';

// A repeated request carries its attempt from the failure to the request interceptor.
type Config = InternalAxiosRequestConfig & { latchstringAttempt?: Attempt };

/**
 * Makes an axios instance send cookies and the CSRF token, and repeat a call after a refresh, as `client.fetch` does.
 * Requests to origins that the client does not list pass untouched. Returns what takes the hook off again.
 *
 * Where a refresh is needed and the server cannot be asked, the call rejects with LatchstringError; every other failure
 * is axios's own. A body that is a stream is not sent a second time.
 */
export function attach(axios: AxiosInstance, client: Pick<Client, 'attempt'>): () => void {
  const attempts = new WeakMap<object, Attempt>();
  const { request, response } = axios.interceptors;

  const prepare = (config: Config): InternalAxiosRequestConfig => {
    const attempt = config.latchstringAttempt ?? client.attempt(addressOf(config), config.method ?? 'get');
    delete config.latchstringAttempt;
    if (!attempt) return config;
    attempts.set(config, attempt);
    config.withCredentials = true;
    for (const [header, value] of Object.entries(attempt.headers)) config.headers.set(header, value);
    return config;
  };

  const repeat = async (error: unknown): Promise<AxiosResponse> => {
    const { config, response: answer } = error as { config?: Config; response?: AxiosResponse };
    const attempt = config && attempts.get(config);
    const next = answer?.status === 401 && (await attempt?.again(codeOf(answer)));
    // A stream cannot be read twice.
    if (!next || config?.data instanceof ReadableStream) throw error;
    return axios.request({ ...config, latchstringAttempt: next } as Config);
  };

  const ids = [request.use(prepare), response.use(null, repeat)] as const;
  return () => {
    request.eject(ids[0]);
    response.eject(ids[1]);
  };
}

// As axios does it: a base is put in front of everything but an absolute address.
function addressOf({ baseURL, url = '' }: InternalAxiosRequestConfig): string {
  if (!baseURL || /^([a-z][a-z\d+\-.]*:)?\/\//i.test(url)) return url;
  return url ? `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}` : baseURL;
}

// With responseType "blob" or "arraybuffer" the body is no object, so the challenge is read as well (RFC 6750 section 3).
function codeOf({ data, headers }: AxiosResponse): string | undefined {
  const code = (data as { code?: unknown } | null | undefined)?.code;
  if (typeof code === 'string') return code;
  const challenge = String(headers['www-authenticate']);
  return challenge === 'Bearer' ? 'credentials_missing' : /error_description="(\w+)"/.exec(challenge)?.[1];
}
