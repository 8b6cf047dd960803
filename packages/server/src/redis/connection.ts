import type { Redis } from 'ioredis';
import { ConfigurationError } from '../config/options.ts';

// All in milliseconds.
/** How long a command may take: a login waits for it. */
const COMMAND_TIMEOUT = 500;
const CONNECT_TIMEOUT = 2000;
const LONGEST_PAUSE = 2000;

const OPTIONS = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT,
  commandTimeout: COMMAND_TIMEOUT,
  // What can't be counted there now is counted here: nothing waits, and nothing is counted twice.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (times: number) => Math.min(LONGEST_PAUSE, 50 * 2 ** times),
  connectionName: 'latchstring',
  autoResubscribe: false,
};

/** Two connections to one Redis; a subscriber can do nothing else. They come back by themselves. */
export interface RedisConnections {
  readonly commands: Redis;
  readonly subscriber: Redis;
  close(): Promise<void>;
}

/** Told whenever Redis is found to be away, with a word of the reason, and whenever it is back. */
export type TellOutage = (state: 'away' | 'back', reason?: string) => void;

/**
 * Connects to Redis, or goes on trying in the background: losing it loses no data, and neither does starting without it.
 *
 * Throws a ConfigurationError where the package `ioredis` is not installed. Nothing that this throws or tells holds the URL.
 */
export async function connectRedis(url: string, tell: TellOutage): Promise<RedisConnections> {
  const RedisClient = await loadIoredis();
  const connections = [new RedisClient(url, OPTIONS), new RedisClient(url, OPTIONS)] as const;
  const [commands, subscriber] = connections;
  commands.on('ready', () => tell('back'));
  for (const connection of connections) {
    // Unheard, ioredis prints each error.
    connection.on('error', (error: Error) => tell('away', reasonOf(error)));
  }
  await Promise.all(connections.map((connection) => connection.connect().catch(() => undefined)));
  return {
    commands,
    subscriber,
    async close() {
      // What was published last is still sent.
      await commands.quit().catch(() => undefined);
      for (const connection of connections) connection.disconnect();
    },
  };
}

async function loadIoredis(): Promise<typeof Redis> {
  try {
    return (await import('ioredis')).Redis;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new ConfigurationError([
      'LATCHSTRING_REDIS_URL needs the package ioredis: npm install ioredis@6, beside latchstring.',
    ]);
  }
}

/** A system's code, such as ECONNREFUSED, or the first word of Redis's, such as WRONGPASS. Their sentences may say more. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return /^[A-Z]{3,}(?= )/.exec(error.message)?.[0] ?? error.name;
}
