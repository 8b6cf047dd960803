import type { Redis } from 'ioredis';
import type { AttemptCounter, Limit } from '../ports/limiter.ts';

// Each runs as a whole, with nothing in between.
const COUNT = `
  local count = redis.call('INCR', KEYS[1])
  if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  if count <= tonumber(ARGV[1]) then return 0 end
  redis.call('DECR', KEYS[1])
  return math.max(1, redis.call('PTTL', KEYS[1]))`;
const TAKE_BACK = `
  local count = tonumber(redis.call('GET', KEYS[1]) or '0')
  if count > 1 then redis.call('DECR', KEYS[1]) end
  if count == 1 then redis.call('DEL', KEYS[1]) end`;

/** Counts attempts in Redis, under keys that begin with `prefix` and go by themselves. */
export function createRedisCounter(redis: Pick<Redis, 'eval'>, prefix: string): AttemptCounter {
  const place = ({ name }: Limit, key: string): string => `${prefix}:attempts:${name}:${key}`;
  return {
    async count(limit, key) {
      return Number(await redis.eval(COUNT, 1, place(limit, key), limit.attempts, limit.window));
    },
    async takeBack(limit, key) {
      await redis.eval(TAKE_BACK, 1, place(limit, key));
    },
  };
}
