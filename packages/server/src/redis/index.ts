import type { AttemptCounter } from '../ports/limiter.ts';
import type { RevocationChannel } from '../ports/revocation-channel.ts';
import { createRedisCounter } from './attempts.ts';
import { connectRedis } from './connection.ts';
import type { TellOutage } from './connection.ts';
import { createRevocationChannel } from './revocation-channel.ts';

/** What Redis does for servers that share a database. */
export interface RedisServices {
  readonly attempts: AttemptCounter;
  readonly channel: RevocationChannel;
  close(): Promise<void>;
}

/** Connects to Redis. Several services may share one: the issuer is in every name there. Throws as `connectRedis`. */
export async function openRedis(url: string, issuer: string, tell: TellOutage): Promise<RedisServices> {
  const connections = await connectRedis(url, tell);
  const prefix = `latchstring:${issuer}`;
  return {
    attempts: createRedisCounter(connections.commands, prefix),
    channel: createRevocationChannel(connections, prefix),
    close: () => connections.close(),
  };
}
