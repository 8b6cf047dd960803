import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from '../lib/workspace.ts';

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

/**
 * Runs `work` while no other process on this tree does. The lock is SQLite's on a file of its own, that is, the
 * system's: it ends with the process that holds it, so a killed run leaves nothing to clear away.
 */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  const folder = join(ROOT, '.cache');
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, 'setup.lock'), { timeout: 0 });
  try {
    for (let told = false; ; told = true) {
      try {
        lock.exec('BEGIN EXCLUSIVE');
        break;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (!told) console.error('Another run is setting this tree up; waiting for it …');
        await pause(100);
      }
    }
    return await work();
  } finally {
    lock.close();
  }
}
