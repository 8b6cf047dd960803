import type { ErrorRequestHandler, RequestHandler } from 'express';

/** A request that is not as it should be; the message is for its sender. */
export class RequestError extends Error {
  readonly status = 400;
}

const CODES: Readonly<Record<number, string>> = { 413: 'request_too_large', 500: 'internal_error' };

/** Answers what no route has answered. */
export const notFound: RequestHandler = (_request, response) => {
  response.status(404).json({ status: 404, code: 'not_found', detail: 'There is no such route.' });
};

/** Answers errors as JSON, in the form that Latchstring's own have. Says nothing of what is not the sender's fault. */
export const asJson: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const status = statusOf(error);
  // eslint-disable-next-line no-console -- an application of your own has a log
  if (status === 500) console.error(error);
  const code = CODES[status] ?? 'request_invalid';
  const detail = error instanceof RequestError ? error.message : 'The request could not be answered.';
  response.status(status).json({ status, code, detail });
};

// What express.json and express.static throw carries the status to answer with.
function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  return status >= 400 && status < 500 ? status : 500;
}
