import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import type { Latchstring } from './main.ts';

/** Called for requests that are not this service's; as in Express. */
export type Next = (error?: unknown) => void;

/** A listener for node:http, and a middleware for Express and its like. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next?: Next) => void;

/**
 * Serves the requests that are Latchstring's and leaves the others to `next`; without one they are answered as not found.
 * Mount it at the root and before anything that reads bodies.
 */
export function toNodeHandler(service: Latchstring): NodeHandler {
  const listener = getRequestListener(
    (request, environment) => {
      const { incoming } = environment as HttpBindings;
      return service.fetch(request, { remoteAddress: incoming.socket.remoteAddress });
    },
    { overrideGlobalObjects: false },
  );
  return (request, response, next) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (next !== undefined && !service.handles(path)) next();
    else void listener(request, response);
  };
}

/** A node:http server with bounds on what a client may send and how slowly (attack 88). Not listening yet. */
export function createNodeServer(service: Latchstring): Server {
  const server = createServer(
    {
      // Larger than the bound on cookies, so that a full cookie jar reaches the code that clears it.
      maxHeaderSize: 64 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
      insecureHTTPParser: false,
      requireHostHeader: true,
    },
    toNodeHandler(service),
  );
  server.maxHeadersCount = 100;
  return server;
}

/** Ends a server: takes no more connections, lets the requests under way finish for at most `grace` milliseconds. */
export async function closeGracefully(server: Server, grace: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(timer);
}
