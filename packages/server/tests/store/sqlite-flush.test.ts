import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/ports/store.ts';
import { createWalFlush } from '../../src/store/sqlite-flush.ts';
import type { WalFlush } from '../../src/store/sqlite-flush.ts';

const folders: string[] = [];
const flushes: WalFlush[] = [];
afterEach(async () => {
  await Promise.all(flushes.splice(0).map((flush) => flush.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

/** The flush of a database in a folder of its own, whose log is there or not. */
async function walFlush(hasLog: boolean): Promise<WalFlush> {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-flush-'));
  folders.push(folder);
  const path = join(folder, 'test.db');
  if (hasLog) await writeFile(`${path}-wal`, 'frames');
  const flush = createWalFlush(path);
  flushes.push(flush);
  return flush;
}

describe('the flush of the write-ahead log', () => {
  test('is shared by all commits that wait for the one under way to end, and begins after each of them', async () => {
    const log = await walFlush(true);
    const [first, second] = [log.flush(), log.flush()];
    expect(first).toBe(second);
    await first;
    const later = log.flush();
    expect(later).not.toBe(first);
    await setImmediate();
    // One that has begun serves nobody who comes now.
    expect(log.flush()).not.toBe(later);
    await later;
  });

  test('that has failed once is believed no more: what a system dropped it may call written', async () => {
    const log = await walFlush(false);
    await expect(log.flush()).rejects.toBeInstanceOf(StoreUnavailableError);
    const [folder = ''] = folders;
    await writeFile(join(folder, 'test.db-wal'), 'frames');
    await expect(log.flush()).rejects.toThrow('Restart the service.');
  });

  test('after its end is a database that does not answer', async () => {
    const log = await walFlush(true);
    await log.flush();
    await log.close();
    await expect(log.flush()).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});
