import { JWT_MEDIA_TYPE, formatPosition, type RevocationPosition } from '@latchstring/protocol';
import { readBounded } from '../bounded.ts';
import { RevocationFeedError } from '../errors.ts';
import type { Fetch } from '../remote.ts';
import { readServerSentEvents } from './server-sent-events.ts';

const EVENT_STREAM = 'text/event-stream';

/** Asks the issuer for events. What it gives is unchecked text. */
export class FeedTransport {
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #maxBytes: number;

  constructor(url: string, fetch: Fetch, maxBytes: number) {
    this.#url = url;
    this.#fetch = fetch;
    this.#maxBytes = maxBytes;
  }

  /** All that matters now, as one event. */
  async snapshot(signal: AbortSignal): Promise<string> {
    return (await this.#text(this.#url, signal)).trim();
  }

  /** The events after a position, until the connection ends. */
  async *stream(position: RevocationPosition, signal: AbortSignal): AsyncGenerator<string> {
    const headers = { accept: EVENT_STREAM, 'last-event-id': formatPosition(position) };
    const response = await this.#get(this.#url, headers, signal);
    if (response.body === null) return;
    yield* readServerSentEvents(response.body, this.#maxBytes, tooLarge);
  }

  /** The events after a position, as soon as there is one; after `wait` seconds without one, a heartbeat. */
  async poll(position: RevocationPosition, wait: number, signal: AbortSignal): Promise<string[]> {
    const url = new URL(this.#url);
    url.searchParams.set('after', formatPosition(position));
    url.searchParams.set('wait', String(wait));
    return (await this.#text(url.href, signal)).split(/\r?\n/).filter((line) => line !== '');
  }

  async #text(url: string, signal: AbortSignal): Promise<string> {
    const response = await this.#get(url, { accept: JWT_MEDIA_TYPE }, signal);
    return (await readBounded(response, this.#maxBytes, tooLarge)).toString('latin1');
  }

  async #get(url: string, headers: { readonly accept: string }, signal: AbortSignal): Promise<Response> {
    const response = await this.#fetch(url, {
      // A redirect could lead to a host that nobody configured.
      redirect: 'error',
      credentials: 'omit',
      cache: 'no-store',
      headers: { ...headers },
      signal,
    });
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';', 1);
    if (response.status === 200 && type.trim().toLowerCase() === headers.accept) return response;
    await response.body?.cancel();
    throw new RevocationFeedError('not_a_feed', 'The answer of the issuer is no revocation feed.');
  }
}

function tooLarge(): RevocationFeedError {
  return new RevocationFeedError(
    'not_a_feed',
    'An event of the revocation feed is larger than maxBytes allows.',
  );
}
