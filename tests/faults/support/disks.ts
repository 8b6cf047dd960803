import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder whose disk can be filled, for the database of one server. */
export interface Disk {
  readonly folder: string;
  /** From now on the server with this process id gets no more bytes onto it, or a few. */
  fill(pid: number): void;
  /** There is room again. */
  free(pid: number): void;
  remove(): void;
}

function run(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}

/** A file system of its own in memory, which only root may make: writes to it fail with ENOSPC. */
function createSmallDisk(): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-disk-'));
  if (!run('mount', '-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', folder))
    throw new Error('mount failed');
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    free: () => rmSync(filler),
    remove() {
      run('umount', folder);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Any disk, with a limit on the size of the files that the process writes (RLIMIT_FSIZE): beyond it they fail with EFBIG. */
function createLimitedDisk(): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-disk-'));
  const limit = (pid: number, size: string): void => {
    if (!run('prlimit', `--pid=${pid}`, `--fsize=${size}:`))
      throw new Error('prlimit is missing (util-linux).');
  };
  return {
    folder,
    fill: (pid) => limit(pid, '10000'),
    free: (pid) => limit(pid, 'unlimited'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Whether this process may mount: root may, outside of containers that forbid it. */
function canMount(): boolean {
  try {
    createSmallDisk().remove();
    return true;
  } catch {
    return false;
  }
}

/** Every kind of disk that this machine can fill. */
export const DISKS: readonly (readonly [name: string, create: () => Disk])[] = [
  ['a process that may write no more', createLimitedDisk],
  ...(canMount() ? ([['a file system that is full', createSmallDisk]] as const) : []),
];
