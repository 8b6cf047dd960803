import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Transaction } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/ports/store.ts';
import type { Schema } from '../../src/store/schema.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
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

describe('a SQLite database', () => {
  /** How the commit of a transaction under way reaches the disk: 1 is NORMAL, 2 is FULL (https://www.sqlite.org/pragma.html). */
  async function level(tx: Transaction<Schema>): Promise<number | undefined> {
    const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(tx);
    return rows[0]?.synchronous;
  }

  test('E2: has on the disk what others act upon before they see it, also after a transaction that failed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchstring-flush-'));
    folders.push(folder);
    const database = await openSqlite({
      path: join(folder, 'test.db'),
      statementTimeout: 5000,
      clockOffset: () => 0,
    });
    expect(await database.write(level)).toBe(2);
    expect(await database.writeTogether(level)).toBe(1);
    expect(await database.write(level)).toBe(2);
    const failed = database.writeTogether(() => Promise.reject(new Error('No.')));
    await expect(failed).rejects.toThrow('No.');
    expect(await database.write(level)).toBe(2);
    await database.close();
  });
});
