import type { Context, MiddlewareHandler } from 'hono';
import type { StatusCode } from 'hono/utils/http-status';
import { fetchRequestFacts } from '../../facts.ts';
import { EXPOSE_HEADER, refusalOf, verifyOptional, type GuardOptions } from '../../guard.ts';
import type { Principal } from '../../principal.ts';
import type { Requirements, StaleRequirement, Verifier } from '../../verifier.ts';

export type { GuardOptions } from '../../guard.ts';

/** What a guard adds to the context: `c.get('principal')`. */
export interface GuardVariables<Found> {
  Variables: { principal: Found };
}

/** Protects routes of Hono. */
export interface Guard {
  /** Lets requests of a principal who meets the requirements pass; answers all others. */
  required(requirements?: Requirements): MiddlewareHandler<GuardVariables<Principal>>;
  /** Lets requests without a credential pass too, the principal being undefined. A broken one is refused. */
  optional(requirement?: StaleRequirement): MiddlewareHandler<GuardVariables<Principal | undefined>>;
}

/**
 * Makes a guard for Hono. Put the CORS layer before it: a preflight carries no credential.
 *
 * Not checked: whether the principal may touch the very record that the request names.
 */
export function createGuard(verifier: Verifier, options: GuardOptions = {}): Guard {
  return {
    required: (requirements) => async (context, next) => {
      try {
        context.set(
          'principal',
          await verifier.verifyRequest(fetchRequestFacts(context.req.raw), requirements),
        );
      } catch (error) {
        return refuse(context, error, options);
      }
      return next();
    },
    optional: (requirement) => async (context, next) => {
      try {
        context.set(
          'principal',
          await verifyOptional(verifier, fetchRequestFacts(context.req.raw), requirement),
        );
      } catch (error) {
        return refuse(context, error, options);
      }
      return next();
    },
  };
}

function refuse(context: Context, error: unknown, options: GuardOptions): Response {
  const refusal = refusalOf(error, options);
  for (const [name, value] of Object.entries(refusal.headers)) context.header(name, value);
  context.header(EXPOSE_HEADER, refusal.exposed, { append: true });
  context.status(refusal.status as StatusCode);
  return context.body(refusal.body);
}
