import { randomUUID } from 'node:crypto';
import { HEARTBEAT_INTERVAL, JWT_MEDIA_TYPE, REVOCATIONS_TYPE } from '@latchstring/protocol';
import type { RevocationEvent } from '@latchstring/protocol';
import type { Fetch } from '@latchstring/verifier';
import type { Issuer } from '../lib/tokens.ts';

const POSITION = { epoch: 'bench', seq: 1, after: 1 };

/** The feed of an issuer that has ended so many sessions, as a `fetch` that answers without a network. */
export function createFeed(issuer: Issuer, ended: number): Fetch {
  const entries = Array.from({ length: ended }, () => ({ kind: 'session', id: randomUUID() }) as const);
  const sign = (claims: Pick<RevocationEvent, 'entries'> & Partial<RevocationEvent>): string =>
    issuer.sign(REVOCATIONS_TYPE, {
      iss: issuer.issuer,
      ...POSITION,
      time: Date.now() / 1000,
      retention: 1020,
      ...claims,
    });
  // Signed once, beforehand: its making is no part of what a verifier takes.
  const snapshot = sign({ snapshot: true, entries });
  const heartbeat = (): Uint8Array =>
    new TextEncoder().encode(`id: bench.1\ndata: ${sign({ entries: [] })}\n\n`);
  return (_, { headers, signal }) => {
    const type = new Headers(headers).get('accept') ?? '';
    const body = type === JWT_MEDIA_TYPE ? snapshot : stream(heartbeat, signal);
    return Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
  };
}

function stream(heartbeat: () => Uint8Array, signal?: AbortSignal | null): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(heartbeat());
      const timer = setInterval(() => controller.enqueue(heartbeat()), HEARTBEAT_INTERVAL * 1000).unref();
      signal?.addEventListener('abort', () => {
        clearInterval(timer);
        controller.error(signal.reason);
      });
    },
  });
}
