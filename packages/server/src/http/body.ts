import { ROUTES } from '@latchstring/protocol';
import { parseStrictJson } from '@latchstring/verifier';
import type { MiddlewareHandler } from 'hono';
import { ServiceError } from '../domain/errors.ts';
import type { HttpEnvironment, RequestContext } from './context.ts';

/** The largest body of any route, in bytes. */
const BODY_BYTES = 16 * 1024;

/** The routes whose standards ask for a form (RFC 7009 section 2.1, RFC 7662 section 2.1). They read no cookies. */
const FORMS: ReadonlySet<string> = new Set([ROUTES.revoke, ROUTES.introspect]);

/**
 * Attack 70: a body is JSON and says so, which a page of a foreign origin can't send without being asked first (CORS).
 * Attacks 33, 35, 37, 97: what two parsers would read in two ways is not read at all.
 */
export const jsonOnly: MiddlewareHandler<HttpEnvironment> = async (context, next) => {
  if (context.req.method === 'POST') {
    const type = context.req.header('content-type');
    const body = await readBody(context).catch(explainReadError);
    if (FORMS.has(context.req.path)) {
      requireForm(type, body);
      return next();
    }
    const isJson = type !== undefined && /^application\/json\s*(;|$)/i.test(type);
    if (!isJson && (type !== undefined || body.length > 0)) {
      throw new ServiceError('content_type_unsupported', 'Send the body as application/json.');
    }
    // The routes get the very value that was found right: nobody parses the body a second time.
    if (isJson) {
      const value = parseStrictJson(body);
      context.req.json = () => Promise.resolve(value as never);
    }
  }
  return next();
};

/** RFC 6749 section 3.2: a parameter that occurs twice could be read in two ways. */
function requireForm(type: string | undefined, body: Uint8Array): void {
  if (type === undefined || !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    throw new ServiceError('content_type_unsupported', 'Send the body as application/x-www-form-urlencoded.');
  }
  const names = [...new URLSearchParams(Buffer.from(body).toString()).keys()];
  if (new Set(names).size !== names.length)
    throw new ServiceError('request_invalid', 'A parameter occurs twice.');
}

/** Attack 88: at most {@link BODY_BYTES}, whatever the headers say of its length. */
async function readBody({ req }: RequestContext): Promise<Uint8Array> {
  const length = req.header('content-length');
  if (length !== undefined && req.header('transfer-encoding') === undefined) {
    requireFit(Number(length));
    const body = new Uint8Array(await req.arrayBuffer());
    requireFit(body.length);
    return body;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream: AsyncIterable<Uint8Array> | undefined = req.raw.body ?? undefined;
  for await (const chunk of stream ?? []) {
    size += chunk.length;
    requireFit(size);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  // The stream is spent, and the routes read the request again.
  req.raw = new Request(req.url, { method: req.method, headers: [...req.raw.headers], body });
  return body;
}

/** A client that leaves in the middle of its body is no defect of the server. */
function explainReadError(error: unknown): never {
  if (error instanceof ServiceError) throw error;
  throw new ServiceError('request_invalid', 'The body broke off.', { cause: error });
}

function requireFit(bytes: number): void {
  if (!(bytes <= BODY_BYTES)) {
    throw new ServiceError('request_too_large', 'The body is larger than this route takes.');
  }
}
