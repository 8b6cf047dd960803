import { formatRequest, openConnection, shareOut } from './connection.ts';

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

/** Makes a load of requests that are all alike but for their headers. */
export function createLoad(target: Target): Load {
  const texts = target.headers.map((lines) => formatRequest('GET /', lines));
  const connections = Array.from({ length: CONNECTIONS }, () => openConnection(target.port));
  let turn = 0;
  const next = (): Buffer => texts[turn++ % texts.length] ?? Buffer.alloc(0);
  return {
    run: (requests) =>
      shareOut(connections, Array.from({ length: requests }, next), async (connection, request) => {
        const { status } = await connection.ask(request);
        if (status !== 200) throw new Error(`A server of the bench answered ${status}.`);
      }),
    close: () => connections.forEach((connection) => connection.close()),
  };
}
