import type { FeedEvent, RevocationFeed } from '../domain/revocation-feed.ts';
import type { RevocationPosition } from '../domain/revocation.ts';

/** What a reader may leave unread before it is cut off, to come back and begin anew. Bytes. */
const BUFFER_BYTES = 4 * 1024 * 1024;

const encoder = new TextEncoder();

/** Encoded once for all readers: a snapshot has megabytes. */
const encoded = new WeakMap<FeedEvent, Uint8Array>();

/** An event of the feed as a server-sent event (HTML standard, section 9.2). */
function encodeServerSentEvent(event: FeedEvent): Uint8Array {
  const known = encoded.get(event);
  if (known !== undefined) return known;
  const bytes = encoder.encode(`id: ${event.id}\ndata: ${event.jws}\n\n`);
  encoded.set(event, bytes);
  return bytes;
}

/**
 * The feed as an endless stream. It ends when the reader leaves (`closed` is then called once), when the reader is too
 * slow, or when `signal` says that the server stops.
 */
export async function openEventStream(
  feed: RevocationFeed,
  after: RevocationPosition | undefined,
  signal: AbortSignal,
  closed: () => void,
): Promise<ReadableStream<Uint8Array>> {
  let stop = (): void => undefined;
  const early: FeedEvent[] = [];
  let write = (event: FeedEvent): void => void early.push(event);
  // Subscribed before the stream is made, so that an error is still an answer and not a broken stream.
  const { missed, close } = await feed.subscribe(after, (event) => write(event));
  const first = [...missed, ...early].map(encodeServerSentEvent);
  const firstBytes = first.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stop = () => {
          close();
          signal.removeEventListener('abort', end);
          closed();
          stop = () => undefined;
          // One that throws would keep the event from all readers after it.
          write = () => undefined;
        };
        const end = (): void => {
          stop();
          controller.close();
        };
        write = (event) => {
          controller.enqueue(encodeServerSentEvent(event));
          if ((controller.desiredSize ?? 0) <= 0) end();
        };
        // Tells proxies at once that there is an answer, and browsers how soon to come back.
        controller.enqueue(encoder.encode('retry: 1000\n\n'));
        for (const chunk of first) controller.enqueue(chunk);
        if (signal.aborted) end();
        else signal.addEventListener('abort', end);
      },
      cancel: () => stop(),
    },
    // What a stream begins with may be larger than what a reader may leave unread later.
    { highWaterMark: BUFFER_BYTES + firstBytes, size: (chunk) => chunk.byteLength },
  );
}

/** The events after a position, as soon as there is one; after `wait` milliseconds without one, the newest heartbeat. */
export async function pollEvents(
  feed: RevocationFeed,
  after: RevocationPosition,
  wait: number,
  signal: AbortSignal,
): Promise<readonly FeedEvent[]> {
  const isNews = ({ position }: FeedEvent): boolean =>
    position.epoch !== after.epoch || position.seq !== after.seq;
  const heard: FeedEvent[] = [];
  let hear = (event: FeedEvent): void => void heard.push(event);
  const { missed, close } = await feed.subscribe(after, (event) => hear(event));
  heard.unshift(...missed);
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, wait);
    hear = (event) => {
      heard.push(event);
      if (isNews(event)) resolve();
    };
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted || heard.some(isNews)) resolve();
  });
  clearTimeout(timer);
  close();
  return heard.filter((event, index) => isNews(event) || index === heard.length - 1);
}
