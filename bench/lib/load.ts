import { connect, type Socket } from 'node:net';

/** Where requests go, and the header lines of each (`name: value`), taken in turn. */
export interface Target {
  readonly port: number;
  readonly headers: readonly (readonly string[])[];
}

/** Keep-alive connections to a server on this machine. */
export interface Load {
  /**
   * Sends GET requests, one at a time on each connection, and waits for the answers.
   *
   * @throws {Error} where an answer is not 200.
   */
  run(requests: number): Promise<void>;
  close(): void;
}

const CONNECTIONS = 8;

/** Makes a load. It is written on bare sockets, so that it costs little beside the server that it is there to measure. */
export function createLoad(target: Target): Load {
  const texts = target.headers.map((lines) =>
    Buffer.from(['GET / HTTP/1.1', 'host: localhost', ...lines, '', ''].join('\r\n'), 'latin1'),
  );
  const sockets = Array.from({ length: CONNECTIONS }, () => {
    const socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true });
    return socket.setEncoding('latin1');
  });
  let turn = 0;
  const run = async (requests: number): Promise<void> => {
    let left = requests;
    const next = (): Buffer | undefined => (left-- > 0 ? texts[turn++ % texts.length] : undefined);
    await Promise.all(sockets.map((socket) => converse(socket, next)));
  };
  return { run, close: () => sockets.forEach((socket) => socket.destroy()) };
}

function converse(socket: Socket, next: () => Buffer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = '';
    const stop = (error?: Error): void => {
      socket.off('data', receive).off('error', stop).off('close', closed);
      if (error === undefined) resolve();
      else reject(error);
    };
    const closed = (): void => stop(new Error('A server of the bench closed its connection.'));
    const ask = (): void => {
      const request = next();
      if (request === undefined) stop();
      else socket.write(request);
    };
    const receive = (text: string): void => {
      received += text;
      if (!isComplete(received)) return;
      const status = received.slice(0, received.indexOf('\r'));
      received = '';
      if (status.startsWith('HTTP/1.1 200 ')) ask();
      else stop(new Error(`A server of the bench answered "${status}".`));
    };
    socket.on('data', receive).on('error', stop).on('close', closed);
    ask();
  });
}

function isComplete(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, end));
  return length === null ? answer.endsWith('\r\n0\r\n\r\n') : answer.length >= end + 4 + Number(length[1]);
}
