import type { IncomingHttpHeaders } from 'node:http';

/** What a verifier reads of a request, whatever the framework. */
export interface RequestFacts {
  /** As sent: methods are case-sensitive. */
  readonly method: string;
  /**
   * The value of a header by its name in lower case, or undefined. Where the request carries `authorization` more than once,
   * a list of all values: picking one of them would hide an ambiguity. Other repeated headers may come joined with ", ".
   */
  header(name: string): string | readonly string[] | undefined;
}

/** The part of Node's `IncomingMessage` that is read. `Http2ServerRequest` has it too. */
export interface NodeMessage {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders?: readonly string[];
}

/** The facts of a request as Node gives it. */
export function nodeRequestFacts(message: NodeMessage): RequestFacts {
  return new NodeRequestFacts(message);
}

/** The facts of a request as the Fetch standard gives it. */
export function fetchRequestFacts(request: {
  readonly method: string;
  readonly headers: Headers;
}): RequestFacts {
  return { method: request.method, header: (name) => request.headers.get(name) ?? undefined };
}

class NodeRequestFacts implements RequestFacts {
  readonly #message: NodeMessage;

  constructor(message: NodeMessage) {
    this.#message = message;
  }

  get method(): string {
    return this.#message.method ?? '';
  }

  header(name: string): string | readonly string[] | undefined {
    const value = this.#message.headers[name];
    if (name !== AUTHORIZATION || value === undefined || this.#message.rawHeaders === undefined) return value;
    return rawValues(this.#message.rawHeaders, value as string);
  }
}

const AUTHORIZATION = 'authorization';

/** Node keeps the first of several Authorization headers and drops the others: only the raw list shows them. */
function rawValues(raw: readonly string[], value: string): string | readonly string[] {
  let values: string[] | undefined;
  let found = false;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i];
    if (name?.length !== AUTHORIZATION.length || name.toLowerCase() !== AUTHORIZATION) continue;
    if (found) (values ??= [value]).push(raw[i + 1] ?? '');
    found = true;
  }
  return values ?? value;
}
