import type { Context, ErrorHandler } from 'hono';

/** A request that is not as it should be; the message is for its sender. */
export class RequestError extends Error {}

/** Answers what no route has answered. */
export const notFound = (context: Context): Response =>
  context.json({ status: 404, code: 'not_found', detail: 'There is no such route.' }, 404);

/** Answers a body that is larger than a note can be. */
export const tooLarge = (context: Context): Response =>
  context.json({ status: 413, code: 'request_too_large', detail: 'The request could not be answered.' }, 413);

/** Answers errors as JSON, in the form that Latchstring's own have. Says nothing of what is not the sender's fault. */
export const asJson: ErrorHandler = (error, context) => {
  if (error instanceof RequestError)
    return context.json({ status: 400, code: 'request_invalid', detail: error.message }, 400);
  // eslint-disable-next-line no-console -- an application of your own has a log
  console.error(error);
  const detail = 'The request could not be answered.';
  return context.json({ status: 500, code: 'internal_error', detail }, 500);
};
