import { createRoute, z } from '@hono/zod-openapi';
import { JWT_MEDIA_TYPE, LONG_POLL_MAXIMUM, ROUTES, parsePosition } from '@latchstring/protocol';
import { addressKey } from '../../domain/address-key.ts';
import { ServiceError } from '../../domain/errors.ts';
import type { App, RequestContext, Services } from '../context.ts';
import { openEventStream, pollEvents } from '../event-stream.ts';
import { problemResponses } from '../responses.ts';

const EVENT_STREAM = 'text/event-stream';

const query = z.strictObject({
  after: z
    .string()
    .max(80)
    .optional()
    .openapi({ description: 'The position, EPOCH.SEQ, after which to go on; with it, a long poll.' }),
  wait: z.coerce.number().min(0).max(LONG_POLL_MAXIMUM).optional().openapi({ description: 'Seconds.' }),
});

const show = createRoute({
  method: 'get',
  path: ROUTES.revocations,
  summary: 'What was revoked: a snapshot, a stream of events, or a long poll',
  description:
    'Every event is a JWS of the type revocations+jwt. With "Accept: text/event-stream" a stream that begins after Last-Event-ID, or with a snapshot; with "after" the events since then, a JWS a line; otherwise a snapshot.',
  request: { query },
  responses: {
    200: {
      description: 'One JWS, or one a line, or one an event.',
      content: { [JWT_MEDIA_TYPE]: { schema: z.string() }, [EVENT_STREAM]: { schema: z.string() } },
    },
    ...problemResponses('request_invalid', 'rate_limited', 'database_unavailable'),
  },
});

/** The revocation feed: docs/revocation.md. Public: its ids are random and open nothing. */
export function addRevocationRoute(app: App, services: Services): void {
  const { feed, stopping } = services;
  const streams = createStreamCount();

  app.openapi(show, async (context) => {
    const { after, wait = 0 } = context.req.valid('query');
    const isStream = context.req.header('accept')?.includes(EVENT_STREAM) === true;
    const last = isStream ? (context.req.header('last-event-id') ?? after) : after;
    const position = last === undefined ? undefined : parsePosition(last);
    if (isStream) {
      const release = streams.take(addressKey(context.get('address')));
      // A browser's last id that makes no sense is as good as none.
      const body = await openEventStream(feed, position, stopping, release).catch((error: unknown) => {
        release();
        throw error;
      });
      return answer(context, body, EVENT_STREAM);
    }
    if (last === undefined) return answer(context, (await feed.snapshot()).jws, JWT_MEDIA_TYPE);
    if (position === undefined)
      throw new ServiceError('request_invalid', 'after: is not a position, EPOCH.SEQ');
    const signal = AbortSignal.any([stopping, context.req.raw.signal]);
    const release = streams.take(addressKey(context.get('address')));
    try {
      const events = await pollEvents(feed, position, wait * 1000, signal);
      return answer(context, events.map(({ jws }) => `${jws}\n`).join(''), JWT_MEDIA_TYPE);
    } finally {
      release();
    }
  });
}

function answer(context: RequestContext, body: string | ReadableStream<Uint8Array>, type: string): Response {
  return context.body(body, 200, {
    'Content-Type': type,
    'Cache-Control': 'no-store, no-transform',
    // nginx would hold events back until its buffer is full.
    'X-Accel-Buffering': 'no',
  });
}

/** The most streams of one address, of IPv6 of one /64; a machine may run many backends, each with a few processes. */
const STREAMS_PER_ADDRESS = 512;

interface StreamCount {
  /** Throws `rate_limited`. The returned function gives the place back, once. */
  take(address: string): () => void;
}

function createStreamCount(): StreamCount {
  const counts = new Map<string, number>();
  const change = (address: string, by: number): void => {
    const count = (counts.get(address) ?? 0) + by;
    if (count === 0) counts.delete(address);
    else counts.set(address, count);
  };
  return {
    take(address) {
      if ((counts.get(address) ?? 0) >= STREAMS_PER_ADDRESS) {
        throw new ServiceError('rate_limited', 'Too many streams from this address.', { retryAfter: 5 });
      }
      change(address, 1);
      let held = true;
      return () => {
        if (held) change(address, -1);
        held = false;
      };
    },
  };
}
