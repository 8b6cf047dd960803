import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '@latchstring/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { npm } from '../scripts/lib/command.ts';
import { packPublic } from '../scripts/lib/tarballs.ts';
import type { Tarball } from '../scripts/lib/tarballs.ts';
import { publicPackages } from '../scripts/lib/workspace.ts';
import { ensureBuild } from '../scripts/setup/prepare.ts';
import { findNpm } from '../scripts/setup/toolchain.mjs';

/** What a stranger has: an empty folder, and the packages as they would be published. */
const folder = mkdtempSync(join(tmpdir(), 'latchstring-packed-'));
let tarballs: readonly Tarball[] = [];

const server = publicPackages().find(({ manifest }) => manifest.bin !== undefined);
const commandLine = join(folder, 'node_modules/.bin', Object.keys(server?.manifest.bin ?? {})[0] ?? '');
const subpaths = publicPackages().flatMap(({ manifest }) =>
  Object.keys(manifest.exports ?? {})
    .filter((subpath) => !subpath.endsWith('.json'))
    .map((subpath) => manifest.name + subpath.slice(1)),
);

function run(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}`.trim() };
}

beforeAll(async () => {
  process.env['npm_execpath'] ??= findNpm();
  await ensureBuild('packages');
  tarballs = await packPublic();
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error'];
  const paths = tarballs.map(({ path }) => path);
  const { status, output } = run(process.execPath, npm('install', ...flags, ...paths));
  if (status !== 0) throw new Error(`The tarballs could not be installed: ${output}`);
}, 240_000);

afterAll(() => {
  for (const { path } of tarballs.slice(0, 1)) rmSync(dirname(path), { recursive: true });
  rmSync(folder, { recursive: true });
});

test('every tarball holds the licence', () => {
  expect(tarballs.length).toBeGreaterThan(0);
  for (const { files } of tarballs) expect(files).toContain('LICENSE');
});

test.each(subpaths)('%s can be imported where only the packages are installed', (specifier) => {
  const script = `const module = await import('${specifier}'); console.log(Object.keys(module).length);`;
  const { status, output } = run(process.execPath, ['--input-type=module', '--eval', script]);
  expect({ status, output }).toEqual({ status: 0, output: expect.stringMatching(/^[1-9]\d*$/) as string });
});

test('the components still say that they run in the browser', () => {
  const script = `import { readFileSync } from 'node:fs';
    const path = new URL('provider.js', import.meta.resolve('@latchstring/react'));
    console.log(readFileSync(path, 'utf8').split('\\n')[0]);`;
  expect(run(process.execPath, ['--input-type=module', '--eval', script])).toEqual({
    status: 0,
    output: '"use client";',
  });
});

test('the installed command line tells its version', () => {
  expect(run(commandLine, ['--version'])).toEqual({ status: 0, output: server?.manifest.version });
});

test('with Redis it says in one sentence which package is missing, and not the password', () => {
  const env = {
    PATH: process.env['PATH'],
    LATCHSTRING_ISSUER: 'http://localhost:4000',
    LATCHSTRING_SECRET: 'bm9ib2R5LWVsc2UtaGFzLXRoaXMtc2VjcmV0LTEyMzQ1Njc4',
    LATCHSTRING_DATABASE_URL: `file:${join(folder, 'redis.db')}`,
    LATCHSTRING_REDIS_URL: 'redis://:canary@localhost',
  };
  const { status, stdout, stderr } = spawnSync(commandLine, ['serve'], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('npm install ioredis@6');
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).not.toContain('canary');
});

test('the installed server starts on an empty database, serves its keys, and stops when it is asked to', async () => {
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    LATCHSTRING_ISSUER: `http://localhost:${port}`,
    LATCHSTRING_PORT: String(port),
    LATCHSTRING_SECRET: 'bm9ib2R5LWVsc2UtaGFzLXRoaXMtc2VjcmV0LTEyMzQ1Njc4',
    LATCHSTRING_DATABASE_URL: `file:${join(folder, 'packed.db')}`,
  };
  const child = spawn(commandLine, ['serve'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = once(child, 'exit');
  const keys = (): Promise<unknown> =>
    fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`).then((answer) => answer.json());
  try {
    await expect
      .poll(() => keys().catch(() => output), { timeout: 20_000 })
      .toMatchObject({ keys: expect.arrayContaining([expect.objectContaining({ kty: 'EC' })]) as unknown });
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
}, 60_000);
