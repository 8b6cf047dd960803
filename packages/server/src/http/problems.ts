import { ERRORS, PROBLEM_MEDIA_TYPE, bearerChallenge, problemDocument } from '@latchstring/protocol';
import type { ErrorCode } from '@latchstring/protocol';
import { StrictJsonError, VerificationError } from '@latchstring/verifier';
import { HTTPException } from 'hono/http-exception';
import { ServiceError } from '../domain/errors.ts';
import { StoreOverloadedError, StoreUnavailableError } from '../ports/store.ts';
import type { RequestContext, Services } from './context.ts';
import { refreshPolicyView } from './views.ts';

interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfter?: number | undefined;
  readonly challenge?: string | undefined;
}

/** The one table from errors to refusals. What is not in it is a defect, and says nothing to the outside. */
function toRefusal(error: unknown): Refusal {
  if (error instanceof ServiceError)
    return {
      code: error.code,
      detail: error.message,
      retryAfter: error.retryAfter,
      challenge: error.challenge,
    };
  if (error instanceof VerificationError) return { code: error.code, detail: error.message };
  if (error instanceof StoreOverloadedError)
    return { code: 'overloaded', detail: 'Too many requests wait for the database.', retryAfter: 1 };
  if (error instanceof StoreUnavailableError) {
    return {
      code: 'database_unavailable',
      detail: 'The database does not answer. Try again shortly.',
      retryAfter: 1,
    };
  }
  if (error instanceof StrictJsonError)
    return { code: 'request_invalid', detail: 'The body is not strict JSON.' };
  // The framework's own, for a request that is not well formed.
  if (error instanceof HTTPException)
    return { code: 'request_invalid', detail: 'The request is not well formed.' };
  return { code: 'internal_error', detail: 'The server has logged what went wrong under this trace_id.' };
}

/** Answers an error as a problem document (RFC 9457), and logs the ones that are the server's own fault. */
export function answerError(error: unknown, context: RequestContext, { log, settings }: Services): Response {
  const refusal = toRefusal(error);
  const traceId = context.get('traceId');
  // Shedding load is no defect, and a line with a stack for each would be a load of its own.
  if (ERRORS[refusal.code].status >= 500 && refusal.code !== 'overloaded')
    log.error({ trace_id: traceId, code: refusal.code, error: describe(error) }, 'request failed');
  context.set('refusal', refusal.code);
  const document = {
    ...problemDocument(refusal.code, refusal.detail, traceId),
    ...(refusal.code === 'refresh_superseded' ? { refresh: refreshPolicyView(settings) } : {}),
  };
  const challenge = refusal.challenge ?? bearerChallenge(refusal.code);
  if (challenge !== undefined) context.header('WWW-Authenticate', challenge);
  if (refusal.retryAfter !== undefined) context.header('Retry-After', String(Math.ceil(refusal.retryAfter)));
  context.header('Content-Type', PROBLEM_MEDIA_TYPE);
  return context.body(JSON.stringify(document), ERRORS[refusal.code].status);
}

// The name and the place, not the message: a driver's message may quote what it was given.
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause = error.cause instanceof Error ? { cause: describe(error.cause) } : {};
  return { name: error.name, ...code, stack: frames.slice(0, 8).join('\n'), ...cause };
}
