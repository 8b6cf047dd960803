import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './workspace.ts';

/** The server's command line, as it is published. */
export const COMMAND_LINE: string = join(ROOT, 'packages/server/bin/latchstring.mjs');

const FOLDER = join(ROOT, '.latchstring');

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/** The secret of the server on this machine: made once, readable by its owner alone. */
function localSecret(): string {
  const path = join(FOLDER, 'secret');
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600 });
  try {
    // A link, unlike a rename, refuses to replace: of two first starts at once, both use the first one's secret.
    linkSync(draft, path);
  } catch (error) {
    if (!isExisting(error)) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8');
}

/** The settings of the server that `npm start` runs, as environment variables. */
export function localSettings(port: number, appPort: number): Readonly<Record<string, string>> {
  return {
    LATCHSTRING_ISSUER: `http://localhost:${port}`,
    LATCHSTRING_ORIGINS: `http://localhost:${appPort}`,
    LATCHSTRING_PORT: String(port),
    LATCHSTRING_SECRET: localSecret(),
    LATCHSTRING_DATABASE_URL: `file:${join(FOLDER, 'latchstring.db')}`,
    LATCHSTRING_LOG_LEVEL: 'warn',
  };
}

/** Whether the environment already names a server of its own; then the local settings must not be mixed into it. */
export function namesAnotherServer(env: NodeJS.ProcessEnv): boolean {
  return ['CONFIG', 'ISSUER', 'SECRET', 'DATABASE_URL'].some(
    (name) => env[`LATCHSTRING_${name}`] !== undefined,
  );
}

/** The environment for a backend, which verifies with public keys: what opens the server is none of its business. */
export function backendEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = ['SECRET', 'SECRET_PREVIOUS', 'DATABASE_URL', 'DATABASE_DIRECT_URL'];
  // Undefined, not left out: a child would inherit what is left out.
  return { ...env, ...Object.fromEntries(names.map((name) => [`LATCHSTRING_${name}`, undefined])) };
}
