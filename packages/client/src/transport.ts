import { HEADERS, SAFE_METHODS, cookieNames, readCookies } from '@latchstring/protocol';
import type { ProblemDocument, RefreshPolicyView } from '@latchstring/protocol';
import { LatchstringError } from './errors.ts';
import type { Settings } from './options.ts';

/** Speaks to the Latchstring server. */
export interface Transport {
  /** The time-outs that the server has told. */
  readonly policy: RefreshPolicyView;
  /** The CSRF token of the session in the cookies, if there is one. */
  csrf(): string | undefined;
  /** The headers that a method needs beside the cookies. */
  headers(method: string): Record<string, string>;
  /**
   * One request, given up after `policy.client_timeout` seconds. Resolves to the body of a good answer; throws
   * LatchstringError for everything else.
   */
  send<T>(method: string, path: string, body?: object): Promise<T>;
}

/** A transport that starts with the time-outs that a server has by default. */
export function createTransport(settings: Settings): Transport {
  const { csrf: cookie } = cookieNames(settings);
  let policy: RefreshPolicyView = { client_timeout: 15, superseded_window: 30 };

  const csrf = (): string | undefined => readCookies(settings.document?.cookie, cookie)[0];

  function headers(method: string): Record<string, string> {
    const token = csrf();
    return token === undefined || SAFE_METHODS.includes(method.toUpperCase())
      ? {}
      : { [HEADERS.csrf]: token };
  }

  async function answer(
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<unknown> {
    const response = await settings.fetch(settings.base + path, {
      method,
      headers: { ...headers(method), ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      credentials: 'include',
      cache: 'no-store',
      // A password or a CSRF token does not follow a redirect to somewhere else.
      redirect: 'error',
      signal,
    });
    const text = await response.text();
    const parsed = parse(text);
    if (isPolicy(parsed?.['refresh'])) policy = parsed['refresh'];
    if (!response.ok) throw refusal(response, parsed);
    if (text && !parsed) throw new LatchstringError('answer_unexpected', { status: response.status });
    return parsed;
  }

  return {
    get policy() {
      return policy;
    },
    csrf,
    headers,
    async send<T>(method: string, path: string, body?: object): Promise<T> {
      const abort = new AbortController();
      const cancel = settings.setTimer(() => abort.abort(), policy.client_timeout * 1000);
      try {
        return (await answer(method, path, body, abort.signal)) as T;
      } catch (cause) {
        if (cause instanceof LatchstringError) throw cause;
        throw new LatchstringError(abort.signal.aborted ? 'request_timeout' : 'network_failed', { cause });
      } finally {
        cancel();
      }
    },
  };
}

/** The code in an error answer of Latchstring's or of a backend that it protects. Leaves the body readable. */
export async function codeOf(response: Response): Promise<string | undefined> {
  const code = parse(await response.clone().text())?.['code'];
  return typeof code === 'string' ? code : undefined;
}

function refusal(
  { status, headers }: Response,
  body: Partial<ProblemDocument> | undefined,
): LatchstringError {
  const retryAfter = parseInt(headers.get('retry-after') ?? '', 10);
  return new LatchstringError(body?.code ?? 'answer_unexpected', {
    message: body?.detail,
    status,
    retryAfter: retryAfter >= 0 ? retryAfter : undefined,
    traceId: body?.trace_id ?? headers.get(HEADERS.traceId) ?? undefined,
  });
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isPolicy(value: unknown): value is RefreshPolicyView {
  const policy = value as Partial<RefreshPolicyView> | undefined;
  return Number(policy?.client_timeout) > 0 && Number(policy?.superseded_window) > 0;
}
