import type { z } from '@hono/zod-openapi';
import { ERRORS, PROBLEM_MEDIA_TYPE } from '@latchstring/protocol';
import type { ErrorCode } from '@latchstring/protocol';
import { problem } from './schemas.ts';

interface MediaObject<Schema> {
  readonly description: string;
  readonly content: { readonly 'application/json': { readonly schema: Schema } };
}

interface ProblemObject {
  readonly description: string;
  readonly content: { readonly 'application/problem+json': { readonly schema: typeof problem } };
}

/** A JSON answer, for the OpenAPI document. */
export function jsonResponse<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
): MediaObject<Schema> {
  return { description, content: { 'application/json': { schema } } };
}

/** A JSON body, for the OpenAPI document and the validation. */
export function jsonBody<Schema extends z.ZodType, Required extends boolean>(
  schema: Schema,
  required: Required,
): {
  readonly required: Required;
  readonly content: { readonly 'application/json': { readonly schema: Schema } };
} {
  return { required, content: { 'application/json': { schema } } };
}

/** What every route may answer: cookies that are too large are refused before any of them. */
const EVERYWHERE: readonly ErrorCode[] = ['request_too_large', 'internal_error'];

/** What a route that takes JSON may answer beside its own refusals. */
export const BODY_REFUSALS: readonly ErrorCode[] = ['request_invalid', 'content_type_unsupported'];

/** A form as a body, where a standard asks for one. */
export function formBody<Schema extends z.ZodType>(
  schema: Schema,
): {
  readonly required: true;
  readonly content: { readonly 'application/x-www-form-urlencoded': { readonly schema: Schema } };
} {
  return { required: true, content: { 'application/x-www-form-urlencoded': { schema } } };
}

/** The refusals of a route, by status, for the OpenAPI document. */
export function problemResponses(...own: readonly ErrorCode[]): Record<`${4 | 5}XX`, ProblemObject> & object {
  const codes = [...new Set([...own, ...EVERYWHERE])];
  const byStatus: Record<string, ProblemObject> = {};
  for (const status of new Set(codes.map((code) => ERRORS[code].status))) {
    const names = codes.filter((code) => ERRORS[code].status === status);
    byStatus[status] = {
      description: names.join(', '),
      content: { [PROBLEM_MEDIA_TYPE]: { schema: problem } },
    };
  }
  return byStatus as Record<`${4 | 5}XX`, ProblemObject>;
}
