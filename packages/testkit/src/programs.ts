import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian puts what only root usually runs, and then PATH. */
export function findProgram(name: string): string | undefined {
  const folders = ['/usr/bin', '/usr/sbin', ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
