import cluster from 'node:cluster';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { LatchstringOptions } from '../config/options.ts';
import { createLatchstring } from '../main.ts';
import { closeGracefully, createNodeServer } from '../node.ts';
import { UsageError } from './report.ts';
import { optionsOf } from './service.ts';
import { signalled } from './signals.ts';
import { GRACE, superviseWorkers } from './workers.ts';

const WORKERS_AT_MOST = 256;

interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
  readonly workers: number;
}

/** `latchstring serve` */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the service')
    .option('-p, --port <port>', 'the port to listen on', Number)
    .option('--host <address>', 'the address to listen on')
    .option('-w, --workers <count>', 'how many processes share the port', Number, 1)
    .action(async ({ port, host, workers }: ServeOptions, command: Command) => {
      if (!(Number.isInteger(workers) && workers >= 1 && workers <= WORKERS_AT_MOST))
        throw new UsageError(`--workers is a number from 1 to ${WORKERS_AT_MOST}.`);
      const read = optionsOf(command);
      // To a worker the environment says where to listen.
      if (cluster.isWorker) return serveAsWorker(read, workers);
      const options = { ...read, port: port ?? read.port, host: host ?? read.host };
      const listening = (place: Place): void => announce(place, options);
      if (workers === 1) return serve(options, listening);
      return superviseWorkers(options, workers, listening);
    });
}

/** Serves until a signal comes. */
async function serve(options: LatchstringOptions, listening: (place: Place) => void): Promise<void> {
  const service = await createLatchstring(options);
  const server = createNodeServer(service);
  // Heard from here on: whoever reads that it listens may stop it at once.
  const stopped = signalled();
  try {
    listening(await listen(server, service.settings.port, service.settings.host));
    await stopped;
    await closeGracefully(server, GRACE);
  } finally {
    await service.close();
  }
}

/** The processors are shared with the other workers. */
async function serveAsWorker(options: LatchstringOptions, workers: number): Promise<void> {
  const share = Math.max(1, Math.floor((availableParallelism() - 1) / workers));
  try {
    await serve({ ...options, passwordConcurrency: options.passwordConcurrency ?? share }, () => undefined);
  } finally {
    // The connection to the process that has started it would keep it alive.
    cluster.worker?.disconnect();
  }
}

type Place = Pick<AddressInfo, 'address' | 'port'>;

function announce({ address, port }: Place, { issuer, trustedProxies = [] }: LatchstringOptions): void {
  if (issuer.startsWith('https:') && trustedProxies.length === 0) {
    console.error(
      '! This listens in plain HTTP behind a proxy that LATCHSTRING_TRUSTED_PROXIES does not name: all clients will count as one address.',
    );
  }
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  console.log(`Latchstring listens on http://${place} as ${issuer}`);
}

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, port, host)));
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

function explainListenError(error: NodeJS.ErrnoException, port: number, host: string): Error {
  switch (error.code ?? '') {
    case 'EADDRINUSE':
      return new UsageError(
        `Port ${port} is in use. Stop what listens there, or choose another with --port or LATCHSTRING_PORT.`,
      );
    case 'EACCES':
      return new UsageError(
        `Port ${port} needs more rights than this user has. Choose one above 1023 with --port or LATCHSTRING_PORT.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(`${host} is not an address of this machine. Set LATCHSTRING_HOST.`);
    default:
      return error;
  }
}
