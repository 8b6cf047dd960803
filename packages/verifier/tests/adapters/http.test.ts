import { createServer, ServerResponse, type IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { createGuard, type Handler } from '../../src/adapters/http/index.ts';
import { APP, token, verifierOf } from '../support.ts';
import { describeAdapter } from './contract.ts';

function answer(response: ServerResponse, subject: string | null): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ subject }));
}

/** The CORS layer of an application without a framework. */
function cors(handler: Handler<IncomingMessage>): Handler<IncomingMessage> {
  return (request, response) => {
    response.setHeader('access-control-allow-origin', APP);
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-expose-headers', 'X-Own');
    return request.method === 'OPTIONS' ? response.writeHead(204).end() : handler(request, response);
  };
}

describeAdapter('node:http', ({ verifier, onRefusal }) => {
  const guard = createGuard(verifier, { onRefusal });
  const routes: Readonly<Record<string, Handler<IncomingMessage>>> = {
    '/me': guard.required((request, response) => {
      answer(response, request.principal.subject);
    }),
    '/admin': guard.required(
      (request, response) => {
        answer(response, request.principal.subject);
      },
      { roles: ['admin'] },
    ),
    '/open': guard.required(
      (request, response) => {
        answer(response, request.principal.subject);
      },
      { onStale: 'open' },
    ),
    '/maybe': guard.optional(
      (request, response) => {
        answer(response, request.principal?.subject ?? null);
      },
      { onStale: 'open' },
    ),
  };
  const server = createServer(
    cors((request, response) => routes[new URL(request.url ?? '', APP).pathname]?.(request, response)),
  );
  return Promise.resolve(server);
});

it('calls the handler at once where the keys are at hand, so that its errors go where they went without a guard', () => {
  const broken = createGuard(verifierOf()).required(() => {
    throw new RangeError('a bug of the application');
  });
  const request = {
    method: 'GET',
    headers: { authorization: `Bearer ${token()}` },
  } as unknown as IncomingMessage;
  expect(() => broken(request, new ServerResponse(request))).toThrow(RangeError);
});
