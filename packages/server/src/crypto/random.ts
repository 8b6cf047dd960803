import { randomFillSync } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { Random } from '../ports/random.ts';

const POOL_BYTES = 8192;

/** The operating system's randomness, fetched in large pieces: a call for 16 bytes costs as much as one for 8 KiB. */
export function systemRandom(): Random {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    bytes(length) {
      if (used + length > POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      const piece = Uint8Array.prototype.slice.call(pool, used, used + length);
      // What was handed out once is not kept.
      pool.fill(0, used, used + length);
      used += length;
      return piece;
    },
    uuid: () => uuidv7(),
  };
}
