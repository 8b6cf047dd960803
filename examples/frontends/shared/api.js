/**
 * What the pages need of a Latchstring client to reach the application's API.
 *
 * @typedef {{ readonly fetch: (path: string, init?: RequestInit) => Promise<Response> }} Caller
 */

/** Why the API was not of use: `code` is Latchstring's or the API's own, `status` 0 where there was no answer. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {{ message?: string | undefined, status?: number, cause?: unknown }} facts
   */
  constructor(code, { message, status = 0, cause } = {}) {
    super(message ?? code, { cause });
    this.code = code;
    this.status = status;
  }
}

/**
 * Asks the application's API; with a body it is a POST. `client.fetch` is fetch with the session: it sends the cookies
 * and the CSRF token, and repeats the call once after a refresh. Throws ApiError, or LatchstringError where a refresh
 * was needed and failed.
 *
 * @template T
 * @param {Caller} client
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<T>}
 */
export async function callApi(client, path, body) {
  const init = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await client.fetch(`/api${path}`, init).catch((cause) => {
    // fetch itself fails with a TypeError where there is no answer.
    throw cause instanceof TypeError ? new ApiError('network_failed', { cause }) : cause;
  });
  const answer = await response.json();
  if (response.ok) return answer;
  throw new ApiError(answer.code ?? 'answer_unexpected', { message: answer.detail, status: response.status });
}
