import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/**
 * What happens to bytes. `refuse`: new connections break at once. `deaf`: requests go on, answers are held. `silent`: both are held,
 * and nobody is told. What is held goes on when the wire is open again.
 */
export type Passage = 'open' | 'refuse' | 'deaf' | 'silent';

/** A wire between two programs that can be cut. */
export interface TcpProxy {
  readonly port: number;
  readonly connections: number;
  set(passage: Passage): void;
  /** Breaks every connection; what is held is lost. */
  cut(): void;
  close(): Promise<void>;
}

/** Passes connections on to a port of this machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [near: Socket, far: Socket]>();
  let passage: Passage = 'open';
  const apply = ([near, far]: readonly [Socket, Socket]): void => {
    if (passage === 'silent') near.pause();
    else near.resume();
    if (passage === 'silent' || passage === 'deaf') far.pause();
    else far.resume();
  };
  const server = createServer((near) => {
    if (passage === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    near.on('data', (bytes: Buffer) => void far.write(bytes));
    far.on('data', (bytes: Buffer) => void near.write(bytes));
    for (const socket of pair) {
      socket.setNoDelay();
      socket.on('error', () => undefined);
      socket.on('end', () => (socket === near ? far : near).end());
      socket.on('close', () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
    apply(pair);
  });
  const cut = (): void => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size;
    },
    set(next) {
      passage = next;
      for (const pair of pairs) apply(pair);
    },
    cut,
    async close() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}

/** A database's address by way of a proxy. */
export function throughProxy(url: string, { port }: TcpProxy): string {
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(port);
  return through.href;
}
