import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import type { Fetch } from '../remote.ts';

/**
 * GET as `fetch` does it, over sockets that keep no process alive: a stream that never ends must not hold up the end of a
 * script. Follows no redirect, sends no cookie, and asks for no compression.
 */
export const quietFetch: Fetch = async (url, { headers, signal }) => {
  const options: RequestOptions = {
    headers: Object.fromEntries(new Headers(headers)),
    ...(signal && { signal }),
  };
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(url, options, resolve);
    outgoing.on('socket', (socket) => {
      // Once more when it is connected: of several addresses, the one that answers brings a handle of its own.
      socket.unref().once('connect', () => socket.unref());
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
  return toResponse(incoming);
};

function toResponse(incoming: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
  // The same at run time; by type, the stream of Node and that of browsers are two.
  const body: unknown = Readable.toWeb(incoming);
  return new Response(body as ReadableStream<Uint8Array>, { status: incoming.statusCode ?? 0, headers });
}
