import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { Command } from 'commander';
import { createLatchstring } from '../main.ts';
import { closeGracefully, createNodeServer } from '../node.ts';
import { UsageError } from './report.ts';
import { optionsOf } from './service.ts';

/** How long requests under way may take to finish at a shutdown. Milliseconds. */
const GRACE = 10_000;

/** `latchstring serve` */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the service')
    .option('-p, --port <port>', 'the port to listen on', Number)
    .option('--host <address>', 'the address to listen on')
    .action(async ({ port, host }: { port?: number; host?: string }, command: Command) => {
      const options = optionsOf(command);
      const service = await createLatchstring({
        ...options,
        port: port ?? options.port,
        host: host ?? options.host,
      });
      if (service.settings.issuer.startsWith('https:') && (options.trustedProxies ?? []).length === 0) {
        console.error(
          '! This listens in plain HTTP behind a proxy that LATCHSTRING_TRUSTED_PROXIES does not name: all clients will count as one address.',
        );
      }
      const server = createNodeServer(service, { ownsProcess: true });
      // Heard from here on: whoever reads that it listens may stop it at once.
      const stopped = signalled();
      try {
        const { address, port: bound } = await listen(server, service.settings.port, service.settings.host);
        const place = address.includes(':') ? `[${address}]:${bound}` : `${address}:${bound}`;
        console.log(`Latchstring listens on http://${place} as ${service.settings.issuer}`);
        await stopped;
        await closeGracefully(server, GRACE);
      } finally {
        await service.close();
      }
    });
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

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
