import type { SessionMode } from '@latchstring/protocol';
import { checkOrigin, fetchRequestFacts } from '@latchstring/verifier';
import type { RequestContext } from './context.ts';

/**
 * Throws `csrf_failed` for a request that a page of a foreign origin may have made: the verifier's rule for unsafe methods.
 *
 * A client that is no browser sends neither Origin nor Sec-Fetch-Site: that is fitting in bearer mode only.
 */
export function requireListedOrigin(
  context: RequestContext,
  origins: ReadonlySet<string>,
  mode: SessionMode,
): void {
  const request = fetchRequestFacts(context.req.raw);
  const isNoBrowser =
    request.header('origin') === undefined && request.header('sec-fetch-site') === undefined;
  if (mode === 'cookie' || !isNoBrowser) checkOrigin(request, origins);
}
