import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of an event on its way, as a JWS: none, itself, several. */
export type Treatment = (jws: string) => readonly string[];

/** A proxy that reads along: it can do anything to the events of a stream, and leaves all else alone. */
export interface EventWire {
  readonly port: number;
  /** The server that new requests go to. */
  target: string;
  treat: Treatment;
  /** Sends an event to all streams, as if it had come by. */
  inject(jws: string): void;
  close(): Promise<void>;
}

/** Leaves everything as it is. */
export const unchanged: Treatment = (jws) => [jws];

/** Passes requests on to a server. */
export async function startEventWire(first: string): Promise<EventWire> {
  const streams = new Set<ServerResponse>();
  const write = (response: ServerResponse, jws: string): void => void response.write(`data: ${jws}\n\n`);

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const stop = new AbortController();
    response.on('close', () => stop.abort());
    const { accept = '*/*', 'last-event-id': last } = request.headers;
    const headers = { accept, ...(typeof last === 'string' ? { 'last-event-id': last } : {}) };
    const answer = await fetch(wire.target + (request.url ?? ''), { headers, signal: stop.signal });
    const type = answer.headers.get('content-type') ?? '';
    response.writeHead(answer.status, { 'content-type': type });
    if (!type.startsWith('text/event-stream') || answer.body === null) {
      response.end(Buffer.from(await answer.arrayBuffer()));
      return;
    }
    streams.add(response);
    response.on('close', () => streams.delete(response));
    response.flushHeaders();
    let text = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const jws = /^data: (.+)$/m.exec(block)?.[1];
        if (jws === undefined) continue;
        for (const treated of wire.treat(jws)) write(response, treated);
      }
    }
    response.end();
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const wire: EventWire = {
    port: (server.address() as AddressInfo).port,
    target: first,
    treat: unchanged,
    inject(jws) {
      for (const response of streams) write(response, jws);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return wire;
}
