import type { IncomingMessage, ServerResponse } from 'node:http';
import { nodeRequestFacts } from '../../facts.ts';
import { EXPOSE_HEADER, refusalOf, verifyOptional, type GuardOptions } from '../../guard.ts';
import type { Principal } from '../../principal.ts';
import type { Requirements, StaleRequirement, Verifier } from '../../verifier.ts';

export type { GuardOptions } from '../../guard.ts';

/** A request with what was found out about who makes it. */
export type WithPrincipal<Found> = IncomingMessage & { readonly principal: Found };

/** A handler of `node:http`. */
export type Handler<Request> = (request: Request, response: ServerResponse) => unknown;

/** Protects handlers of `node:http`. */
export interface Guard {
  /** Calls the handler for requests of a principal who meets the requirements; answers all others. */
  required(handler: Handler<WithPrincipal<Principal>>, requirements?: Requirements): Handler<IncomingMessage>;
  /** Calls the handler for requests without a credential too, `principal` being undefined. A broken one is refused. */
  optional(
    handler: Handler<WithPrincipal<Principal | undefined>>,
    requirement?: StaleRequirement,
  ): Handler<IncomingMessage>;
}

/**
 * Makes a guard for `node:http`. The CORS layer belongs outside of it: a preflight carries no credential.
 *
 * Not checked: whether the principal may touch the very record that the request names.
 */
export function createGuard(verifier: Verifier, options: GuardOptions = {}): Guard {
  return {
    required: (handler, requirements) => (request, response) => {
      let principal: Principal | Promise<Principal>;
      try {
        principal = verifier.verifyRequest(nodeRequestFacts(request), requirements);
      } catch (error) {
        refuse(response, error, options);
        return;
      }
      if (principal instanceof Promise) return whenKnown(principal, handler, request, response, options);
      return handler(Object.assign(request, { principal }), response);
    },
    optional: (handler, requirement) => (request, response) => {
      const found = verifyOptional(verifier, nodeRequestFacts(request), requirement);
      return whenKnown(found, handler, request, response, options);
    },
  };
}

async function whenKnown<Found>(
  found: Promise<Found>,
  handler: Handler<WithPrincipal<Found>>,
  request: IncomingMessage,
  response: ServerResponse,
  options: GuardOptions,
): Promise<unknown> {
  let principal: Found;
  try {
    principal = await found;
  } catch (error) {
    refuse(response, error, options);
    return;
  }
  return handler(Object.assign(request, { principal }), response);
}

function refuse(response: ServerResponse, error: unknown, options: GuardOptions): void {
  const refusal = refusalOf(error, options);
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  response.appendHeader(EXPOSE_HEADER, refusal.exposed);
  response.writeHead(refusal.status).end(refusal.body);
}
