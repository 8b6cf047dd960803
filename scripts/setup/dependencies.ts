import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, setUp } from '../lib/command.ts';
import { ROOT } from '../lib/workspace.ts';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
}

interface LockFile {
  readonly packages: Readonly<Record<string, Entry>>;
}

/**
 * Whether what npm says it installed (`node_modules/.package-lock.json`, written as its last act) is what the lock file
 * asks for. Optional packages may be missing: they are for other platforms.
 */
export function isInstalled(wanted: LockFile, installed: LockFile): boolean {
  return Object.entries(wanted.packages)
    .filter(([path]) => path.includes('node_modules/'))
    .every(([path, entry]) => {
      const found = installed.packages[path];
      if (found === undefined) return entry.optional === true;
      return found.version === entry.version && found.integrity === entry.integrity;
    });
}

/** Whether node_modules fits package-lock.json. */
export function dependenciesAreFresh(): boolean {
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const [wanted, found] = [join(ROOT, 'package-lock.json'), installed].map(
    (path) => JSON.parse(readFileSync(path, 'utf8')) as LockFile,
  );
  return wanted !== undefined && found !== undefined && isInstalled(wanted, found);
}

/** Installs what the lock file names. No package's own script runs: none of ours needs one. */
export function installDependencies(): void {
  console.error('Installing dependencies …');
  setUp(process.execPath, npm('ci', '--ignore-scripts', '--no-audit', '--no-fund'));
}
