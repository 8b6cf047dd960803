import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreUnavailableError } from '../ports/store.ts';

/** Brings the write-ahead log of a SQLite database to the disk, past SQLite, which would stop this thread for it. */
export interface WalFlush {
  /** Resolves when everything that was committed before the call would survive a power cut. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A commit with `synchronous = NORMAL` is in the file but may not be on the disk. It is the frames of the log that make it
 * durable (https://www.sqlite.org/wal.html), and a flush of the file holds for all that is in it, whoever wrote it: one
 * flush serves every commit that came before it.
 */
export function createWalFlush(database: string): WalFlush {
  let log: Promise<FileHandle> | undefined;
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  let failure: StoreUnavailableError | undefined;

  async function begin(): Promise<void> {
    if (failure !== undefined) throw failure;
    try {
      log ??= openLog(database);
      await (await log).datasync();
    } catch (cause) {
      // After a failed flush a system may call what it dropped written, so no later one can be believed.
      failure = new StoreUnavailableError('The disk has failed to keep the database. Restart the service.', {
        cause,
      });
      throw failure;
    }
  }

  return {
    flush() {
      // The one that is under way may have begun before the commit; all that come now share the one after it.
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return (running = begin());
        });
      return next;
    },
    async close() {
      failure ??= new StoreUnavailableError('The database is closed.');
      await running.catch(() => undefined);
      await (await log?.catch(() => undefined))?.close();
    },
  };
}

/** The file is made when the database is opened, and stays until the last connection to it is closed. */
async function openLog(database: string): Promise<FileHandle> {
  // Its name must be durable too, which SQLite itself sees to only where it flushes the file.
  if (process.platform !== 'win32') {
    const folder = await open(dirname(database), 'r');
    await folder.sync().finally(() => folder.close());
  }
  return open(`${database}-wal`, 'r+');
}
