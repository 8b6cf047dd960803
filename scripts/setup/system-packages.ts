import { existsSync } from 'node:fs';
import { findChromium } from '../../packages/testkit/src/browser.ts';
import { postgresIsAvailable } from '../../packages/testkit/src/postgres.ts';
import { setUp } from '../lib/command.ts';

/** Whether packages of the system may be installed from here: root on Debian. */
export function canInstallPackages(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');
}

/** Installs packages of Debian, without asking. */
export function installSystemPackages(names: readonly string[]): void {
  console.error(`Installing ${names.join(' and ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  setUp('apt-get', [...wait, '-qq', 'update'], { env });
  setUp('apt-get', [...wait, '-qq', '-y', '--no-install-recommends', 'install', ...names], { env });
}

/**
 * Makes sure of what the tests need beside Node: root on Debian has it installed, everyone else is told its name, and
 * the tests that need it fail.
 */
export async function ensureSystemPackages(): Promise<void> {
  const missing = [
    ...(findChromium() === undefined ? ['chromium'] : []),
    ...((await postgresIsAvailable()) ? [] : ['postgresql']),
  ];
  if (missing.length === 0) return;
  if (canInstallPackages()) installSystemPackages(missing);
  else console.error(`Missing on this machine, and some tests will fail without: ${missing.join(', ')}.`);
}
