import { randomUUID } from 'node:crypto';
import { startRedis } from '@latchstring/testkit';
import { createMemoryCounter } from '../../src/limits/memory-counter.ts';
import type { AttemptCounter } from '../../src/ports/limiter.ts';
import { openRedis } from '../../src/redis/index.ts';
import { openTestStore } from '../store/databases.ts';
import type { Dialect } from '../store/databases.ts';

/** A place to count in, and a hand on its time. */
export interface Place {
  readonly counter: AttemptCounter;
  /** The same place as another server has it; the same counter where servers share nothing. */
  readonly another: AttemptCounter;
  /** Moves time, in milliseconds; undefined where the place has a clock that nobody can set. */
  readonly advance: ((milliseconds: number) => void) | undefined;
  end(): Promise<void>;
}

/** All places that attempts are counted in. */
export const PLACES: readonly (readonly [name: string, open: () => Promise<Place>])[] = [
  ['memory', openMemory],
  ['SQLite', () => openDatabase('SQLite')],
  ['PostgreSQL', () => openDatabase('PostgreSQL')],
  ['Redis', openRedisPlace],
];

function openMemory(): Promise<Place> {
  let now = 0;
  const counter = createMemoryCounter({ monotonic: () => now });
  const advance = (milliseconds: number): void => void (now += milliseconds);
  return Promise.resolve({ counter, another: counter, advance, end: () => Promise.resolve() });
}

async function openDatabase(dialect: Dialect): Promise<Place> {
  const test = await openTestStore(dialect);
  const { attempts } = await test.another();
  return {
    counter: test.store.attempts,
    another: attempts,
    advance: (milliseconds) => void (test.time.ahead += milliseconds),
    end: () => test.drop(),
  };
}

async function openRedisPlace(): Promise<Place> {
  const redis = await startRedis();
  const issuer = randomUUID();
  const servers = await Promise.all([1, 2].map(() => openRedis(redis.url, issuer, () => undefined)));
  const [one, other] = servers;
  if (one === undefined || other === undefined) throw new Error('There are not two of them.');
  return {
    counter: one.attempts,
    another: other.attempts,
    advance: undefined,
    async end() {
      await Promise.all(servers.map((server) => server.close()));
      await redis.stop();
    },
  };
}
