import { STATUS_CODES, createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import { ERRORS, PROBLEM_MEDIA_TYPE, problemDocument } from '@latchstring/protocol';
import { securityHeaders } from './http/security-headers.ts';
import type { Latchstring } from './main.ts';

/** Called for requests that are not this service's; as in Express. */
export type Next = (error?: unknown) => void;

/** A listener for node:http, and a middleware for Express and its like. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next?: Next) => void;

/** Where the service is served. */
export interface NodeOptions {
  /**
   * Whether this process serves nothing else. The global `Request` and `Response` are then replaced by ones that cost less; in
   * somebody else's process they are not touched, which is the default.
   */
  readonly ownsProcess?: boolean | undefined;
}

/**
 * Serves the requests that are Latchstring's and leaves the others to `next`; without one they are answered as not found.
 * Mount it at the root and before anything that reads bodies.
 */
export function toNodeHandler(service: Latchstring, { ownsProcess = false }: NodeOptions = {}): NodeHandler {
  const listener = getRequestListener(
    (request, environment) => {
      const { incoming } = environment as HttpBindings;
      return service.fetch(request, { remoteAddress: incoming.socket.remoteAddress });
    },
    { overrideGlobalObjects: ownsProcess, errorHandler: () => unreadable(service) },
  );
  return (request, response, next) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (next !== undefined && !service.handles(path)) next();
    else if (hasSeveralHosts(request)) refuse(response, service);
    else void listener(request, response);
  };
}

/** RFC 9112 section 3.2: refused, since two machines on the way could each believe another one. Node drops all but the first. */
function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1;
}

function refuse(response: ServerResponse, { settings }: Latchstring): void {
  const { status, headers, body } = refusal('request_invalid', settings.issuer);
  response.writeHead(status, { ...headers, Connection: 'close' }).end(body);
}

/** The answer to a request whose address or Host header is no part of any URL. */
function unreadable({ settings }: Latchstring): Response {
  const { status, headers, body } = refusal('request_invalid', settings.issuer);
  return new Response(body, { status, headers });
}

function refusal(
  code: 'request_invalid' | 'request_too_large',
  issuer: string,
): { readonly status: number; readonly headers: Record<string, string>; readonly body: string } {
  const detail =
    code === 'request_invalid' ? 'This is not HTTP as this server reads it.' : 'The headers are too large.';
  return {
    status: ERRORS[code].status,
    headers: { ...securityHeaders(issuer), 'Content-Type': PROBLEM_MEDIA_TYPE },
    body: JSON.stringify(problemDocument(code, detail, crypto.randomUUID())),
  };
}

/** Answers what Node's parser refuses. Attack 66: a cookie jar that is too full even for it is emptied all the same. */
function answerParserError(error: NodeJS.ErrnoException, socket: Duplex, issuer: string): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const isOverflow = error.code === 'HPE_HEADER_OVERFLOW';
  const { status, headers, body } = refusal(isOverflow ? 'request_too_large' : 'request_invalid', issuer);
  const lines = Object.entries({
    ...headers,
    ...(isOverflow ? { 'Clear-Site-Data': '"cookies"' } : {}),
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}

/** A node:http server with bounds on what a client may send and how slowly (attack 88). Not listening yet. */
export function createNodeServer(service: Latchstring, options: NodeOptions = {}): Server {
  const server = createServer(
    {
      // Larger than the bound on cookies, so that a full cookie jar reaches the code that clears it.
      maxHeaderSize: 64 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
      insecureHTTPParser: false,
      // A request without a Host is refused by the listener, with a problem document.
      requireHostHeader: false,
    },
    toNodeHandler(service, options),
  );
  server.maxHeadersCount = 100;
  server.on('clientError', (error, socket) => answerParserError(error, socket, service.settings.issuer));
  return server;
}

/** Ends a server: takes no more connections, lets the requests under way finish for at most `grace` milliseconds. */
export async function closeGracefully(server: Server, grace: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // Those that are idle only after their last answer would be kept for another request, which nobody takes.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const timer = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}
