import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const READY_WITHIN = 20_000;

/** A server of the test's own on a port of its own, which the test may do anything to. */
export interface PrivateServer {
  readonly port: number;
  /** Ends it without any ceremony. Connections break. */
  crash(): Promise<void>;
  /** Stops it from answering, without closing anything; and lets it go on. */
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/** How a server is run. */
export interface PrivateServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly spawn?: SpawnOptions;
  /** Called after it has ended for good. */
  readonly cleanUp?: () => void;
}

/** Starts a server, and waits until its port takes connections. */
export async function startPrivateServer(options: PrivateServerOptions): Promise<PrivateServer> {
  const { command, args, port, cleanUp } = options;
  let child: ChildProcess | undefined;
  // A run that ends in a hurry still takes its server along.
  const take = (): void => void child?.kill('SIGKILL');
  process.once('exit', take);

  async function crash(): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending?.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    if (ending.kill('SIGKILL')) await ended;
  }

  async function start(): Promise<void> {
    const starting = spawn(command, args, { stdio: 'ignore', ...options.spawn });
    child = starting;
    const deadline = performance.now() + READY_WITHIN;
    while (!(await takesConnections(port))) {
      if (starting.exitCode !== null || performance.now() > deadline)
        throw new Error(`${command} did not come up on port ${port}.`);
      await setTimeout(20);
    }
  }

  async function stop(): Promise<void> {
    process.removeListener('exit', take);
    await crash();
    cleanUp?.();
  }

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    crash,
    start,
    stop,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  };
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
