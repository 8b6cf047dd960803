import { connect } from 'node:net';

/** What a server answered. */
export interface Answer {
  readonly status: number;
  /** The status line and the headers. */
  readonly head: string;
  /** As it was sent: chunks are not put together. */
  readonly body: string;
}

/** A keep-alive connection to a server on this machine, for one request at a time. */
export interface Connection {
  /** Whether a request may still be sent over it: servers close what was idle for long. */
  isOpen(): boolean;
  ask(request: Buffer): Promise<Answer>;
  close(): void;
}

/** A request as it goes over the wire. A body is sent as JSON. */
export function formatRequest(line: string, headers: readonly string[], body?: unknown): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body);
  const length =
    body === undefined
      ? []
      : ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`];
  return Buffer.from([`${line} HTTP/1.1`, 'host: localhost', ...headers, ...length, '', text].join('\r\n'));
}

/** Connects. It is written on a bare socket, so that it costs little beside the server that it is there to measure. */
export function openConnection(port: number): Connection {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1');
  let received = '';
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    waiting?.reject(failure);
    waiting = undefined;
  };
  socket
    .on('data', (text: string) => {
      received += text;
      const answer = parseAnswer(received);
      if (answer === undefined) return;
      received = '';
      const { resolve } = waiting ?? {};
      waiting = undefined;
      resolve?.(answer);
    })
    .on('error', fail)
    .on('close', () => fail(new Error('A server of the bench closed its connection.')));
  return {
    isOpen: () => failure === undefined,
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** Undefined while there is more to come. */
function parseAnswer(text: string): Answer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const status = Number(head.slice(9, 12));
  const length = status === 204 ? 0 : /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const isComplete =
    length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= end + 4 + Number(length);
  return isComplete ? { status, head, body: text.slice(end + 4) } : undefined;
}

/** Works through the items, each connection taking the next one when it is done with one. */
export async function shareOut<Item>(
  connections: readonly Connection[],
  items: Iterable<Item>,
  work: (connection: Connection, item: Item) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  const run = async (connection: Connection): Promise<void> => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(connection, next.value);
  };
  await Promise.all(connections.map(run));
}

/** Connections that are opened as they are needed. */
export interface ConnectionPool {
  /** Over a connection that nobody uses at the moment. */
  ask(request: Buffer): Promise<Answer>;
  close(): void;
}

/** A pool without a bound: for requests that come when they come, whether the server is ready for them or not. */
export function createConnectionPool(port: number): ConnectionPool {
  const all: Connection[] = [];
  let idle: Connection[] = [];
  const open = (): Connection => {
    const connection = openConnection(port);
    all.push(connection);
    return connection;
  };
  return {
    async ask(request) {
      idle = idle.filter((one) => one.isOpen());
      const connection = idle.pop() ?? open();
      const answer = await connection.ask(request);
      idle.push(connection);
      return answer;
    },
    close: () => all.forEach((connection) => connection.close()),
  };
}
