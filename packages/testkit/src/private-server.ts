import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const READY_WITHIN = 60_000;

/** A server of the test's own on a port of its own, which the test may do anything to. */
export interface PrivateServer {
  readonly port: number;
  /** Ends it without any ceremony, by SIGKILL unless said otherwise. Connections break. */
  crash(signal?: NodeJS.Signals): Promise<void>;
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
  /** Whether it can be used. By default: whether its port takes connections. */
  readonly isReady?: () => Promise<boolean>;
  /** What ends it for good at once: SIGKILL by default. */
  readonly quit?: NodeJS.Signals;
  /** Called after it has ended for good. */
  readonly cleanUp?: () => void;
}

/** Starts a server, and waits until it can be used. */
export async function startPrivateServer(options: PrivateServerOptions): Promise<PrivateServer> {
  const { command, args, port, cleanUp, quit = 'SIGKILL', isReady = () => takesConnections(port) } = options;
  let child: ChildProcess | undefined;
  // A run that ends in a hurry still takes its server along.
  const take = (): void => void child?.kill(quit);
  process.once('exit', take);

  async function crash(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending?.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    if (ending.kill(signal)) await ended;
  }

  async function start(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN;
    let starting = run();
    while (!(await isReady())) {
      if (performance.now() > deadline) throw new Error(`${command} did not come up on port ${port}.`);
      await setTimeout(20);
      // After a crash some refuse to start until the last process of the one before is gone.
      if (starting.exitCode !== null) starting = run();
    }
  }

  function run(): ChildProcess {
    child = spawn(command, args, { stdio: 'ignore', ...options.spawn });
    return child;
  }

  async function stop(): Promise<void> {
    process.removeListener('exit', take);
    await crash(quit);
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
