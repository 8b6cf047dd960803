import type { RequestHandler, Response } from 'express';
import { nodeRequestFacts } from '../../facts.ts';
import { EXPOSE_HEADER, refusalOf, verifyOptional, type GuardOptions } from '../../guard.ts';
import type { Principal } from '../../principal.ts';
import type { Requirements, StaleRequirement, Verifier } from '../../verifier.ts';

export { principalOf, type GuardOptions } from '../../guard.ts';

declare global {
  // The place where Express lets types be added.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface Request {
      /** Who makes the request: set by a guard of Latchstring. */
      principal?: Principal | undefined;
    }
  }
}

/** Protects routes of Express. */
export interface Guard {
  /** Lets requests of a principal who meets the requirements pass; answers all others. */
  required(requirements?: Requirements): RequestHandler;
  /** Lets requests without a credential pass too, `req.principal` being undefined. A broken one is refused. */
  optional(requirement?: StaleRequirement): RequestHandler;
}

/**
 * Makes a guard for Express. Put the CORS layer before it: a preflight carries no credential.
 *
 * Not checked: whether the principal may touch the very record that the request names.
 */
export function createGuard(verifier: Verifier, options: GuardOptions = {}): Guard {
  const guard =
    (
      verify: (
        request: Parameters<RequestHandler>[0],
      ) => Principal | undefined | Promise<Principal | undefined>,
    ): RequestHandler =>
    async (request, response, next) => {
      try {
        request.principal = await verify(request);
      } catch (error) {
        refuse(response, error, options);
        return;
      }
      next();
    };
  return {
    required: (requirements) =>
      guard((request) => verifier.verifyRequest(nodeRequestFacts(request), requirements)),
    optional: (requirement) =>
      guard((request) => verifyOptional(verifier, nodeRequestFacts(request), requirement)),
  };
}

function refuse(response: Response, error: unknown, options: GuardOptions): void {
  const refusal = refusalOf(error, options);
  response
    .status(refusal.status)
    .set(refusal.headers)
    .append(EXPOSE_HEADER, refusal.exposed)
    // As bytes: to text Express adds a charset, which the media type does not have (RFC 8259 section 11).
    .send(Buffer.from(refusal.body));
}
