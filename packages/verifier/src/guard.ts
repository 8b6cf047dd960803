import { randomUUID } from 'node:crypto';
import { EXPOSED_HEADERS, HEADERS, PROBLEM_MEDIA_TYPE } from '@latchstring/protocol';
import { VerificationError } from './errors.ts';
import type { RequestFacts } from './facts.ts';
import type { Principal } from './principal.ts';
import type { StaleRequirement, Verifier } from './verifier.ts';

/** What all adapters take. */
export interface GuardOptions {
  /** Told of every refusal, with the id that the answer carries as `X-Trace-Id`: the place for a line in a log. */
  readonly onRefusal?: ((error: VerificationError, traceId: string) => void) | undefined;
}

/** The answer to a refused request, for a framework to send. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A value to append to `Access-Control-Expose-Headers`, which the application's CORS layer may have set as well. */
  readonly exposed: string;
  readonly body: string;
}

/** Header and value have to be added to what is there, so they are not among {@link Refusal.headers}. */
export const EXPOSE_HEADER = 'access-control-expose-headers';

const EXPOSED = EXPOSED_HEADERS.join(', ');

/** Checks a request that may come without a credential. One that is broken is refused all the same. */
export async function verifyOptional(
  verifier: Verifier,
  request: RequestFacts,
  requirement?: StaleRequirement,
): Promise<Principal | undefined> {
  try {
    return await verifier.verifyRequest(request, requirement);
  } catch (error) {
    if (error instanceof VerificationError && error.code === 'credentials_missing') return undefined;
    throw error;
  }
}

/** Turns a refusal into its answer (RFC 9457, RFC 6750 section 3). Any other error is thrown on. */
export function refusalOf(error: unknown, options: GuardOptions): Refusal {
  if (!(error instanceof VerificationError)) throw error;
  const traceId = randomUUID();
  options.onRefusal?.(error, traceId);
  return {
    status: error.status,
    headers: {
      ...error.headers,
      'content-type': PROBLEM_MEDIA_TYPE,
      'cache-control': 'no-store',
      [HEADERS.traceId]: traceId,
    },
    exposed: EXPOSED,
    body: JSON.stringify(error.toProblem(traceId)),
  };
}

/**
 * The principal of a request that a guard has let pass.
 *
 * @throws {TypeError} on a route that no guard protects, or that takes anonymous requests.
 */
export function principalOf(request: { readonly principal?: Principal | undefined }): Principal {
  if (request.principal !== undefined) return request.principal;
  throw new TypeError('The request has no principal: put guard.required() before the handler of this route.');
}
