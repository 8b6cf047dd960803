import { once } from 'node:events';
import { createServer } from 'node:net';

/** `localhost` is two addresses, and a server on either of them, or on all, is in the way. */
const ADDRESSES = ['127.0.0.1', '::1', '::'];

async function isTaken(port: number, host: string): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  } finally {
    probe.close();
  }
}

/** Whether something on this machine listens on the port already. */
export async function isPortTaken(port: number): Promise<boolean> {
  for (const address of ADDRESSES) {
    if (await isTaken(port, address)) return true;
  }
  return false;
}

/** The port that a variable names, or `otherwise`. Throws one sentence if it is no port. */
export function portFrom(variable: string, otherwise: number): number {
  const port = Number(process.env[variable] ?? otherwise);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`${variable} must be a port, a whole number from 1 to 65535.`);
}
