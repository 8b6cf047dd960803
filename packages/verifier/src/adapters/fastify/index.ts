import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { nodeRequestFacts } from '../../facts.ts';
import { EXPOSE_HEADER, refusalOf, verifyOptional, type GuardOptions } from '../../guard.ts';
import type { Principal } from '../../principal.ts';
import type { Requirements, StaleRequirement, Verifier } from '../../verifier.ts';

export { principalOf, type GuardOptions } from '../../guard.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the request: set by a guard of Latchstring. */
    principal?: Principal | undefined;
  }
  interface FastifyInstance {
    /** Protects routes: registered with the plugin `guard`. */
    readonly guard: Guard;
  }
}

/** A hook that answers a request or lets it pass. */
export type GuardHook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/** Protects routes of Fastify: its hooks are for `onRequest`, of a route or of a whole scope. */
export interface Guard {
  /** Lets requests of a principal who meets the requirements pass; answers all others. */
  required(requirements?: Requirements): GuardHook;
  /** Lets requests without a credential pass too, `request.principal` being undefined. A broken one is refused. */
  optional(requirement?: StaleRequirement): GuardHook;
}

/** What the plugin is registered with. */
export interface GuardPluginOptions extends GuardOptions {
  readonly verifier: Verifier;
}

/**
 * The plugin: `app.register(guard, { verifier })` adds `app.guard` and `request.principal` for the scope it is registered in.
 * Register the CORS layer before it: a preflight carries no credential.
 *
 * Not checked: whether the principal may touch the very record that the request names.
 */
export async function guard(
  app: FastifyInstance,
  { verifier, ...options }: GuardPluginOptions,
): Promise<void> {
  const hook =
    (
      verify: (request: FastifyRequest) => Principal | undefined | Promise<Principal | undefined>,
    ): GuardHook =>
    async (request, reply) => {
      try {
        request.principal = await verify(request);
        return undefined;
      } catch (error) {
        return refuse(reply, error, options);
      }
    };
  app.decorateRequest('principal', undefined);
  app.decorate('guard', {
    required: (requirements) =>
      hook((request) => verifier.verifyRequest(nodeRequestFacts(request.raw), requirements)),
    optional: (requirement) =>
      hook((request) => verifyOptional(verifier, nodeRequestFacts(request.raw), requirement)),
  } satisfies Guard);
}

// What the package fastify-plugin does: the decorators belong to the scope that registers, not to one of their own.
Object.assign(guard, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@latchstring/verifier',
  [Symbol.for('plugin-meta')]: { name: '@latchstring/verifier', fastify: '5.x' },
});

function refuse(reply: FastifyReply, error: unknown, options: GuardOptions): FastifyReply {
  const refusal = refusalOf(error, options);
  const exposed = [reply.getHeader(EXPOSE_HEADER) ?? [], refusal.exposed].flat().join(', ');
  return (
    reply
      .code(refusal.status)
      .headers(refusal.headers)
      .header(EXPOSE_HEADER, exposed)
      // As bytes: to text Fastify adds a charset, which the media type does not have (RFC 8259 section 11).
      .send(Buffer.from(refusal.body))
  );
}
