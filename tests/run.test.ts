import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { backendEnvironment } from '../scripts/lib/local-server.ts';
import { ROOT } from '../scripts/lib/workspace.ts';
import { isInstalled } from '../scripts/setup/dependencies.ts';
import { findNpm, isFitting } from '../scripts/setup/toolchain.mjs';

const folder = mkdtempSync(join(tmpdir(), 'latchstring-run-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each(['22.18.0', '22.19.1', '24.0.0', '26.10.0'])('Node %s fits', (version) => {
  expect(isFitting(version)).toBe(true);
});

test.each(['18.20.8', '20.20.2', '22.17.1'])('Node %s does not fit', (version) => {
  expect(isFitting(version)).toBe(false);
});

test('npm is found by what runs us, else on PATH, else not at all', () => {
  const path = join(folder, 'npm-cli.js');
  writeFileSync(path, '');
  expect(findNpm({ npm_execpath: path })).toBe(path);
  expect(findNpm({ npm_execpath: join(folder, 'yarn.js'), PATH: folder })).toBe(findNpm({ PATH: folder }));
});

test('node_modules fits the lock file if all that is not optional is there in the right version', () => {
  const a = { version: '1.0.0', integrity: 'sha512-a' };
  const other = { version: '1.0.0', integrity: 'sha512-b', optional: true };
  const wanted = { packages: { '': {}, 'packages/x': {}, 'node_modules/a': a, 'node_modules/other': other } };
  expect(isInstalled(wanted, { packages: { 'node_modules/a': a } })).toBe(true);
  expect(isInstalled(wanted, { packages: {} })).toBe(false);
  expect(isInstalled(wanted, { packages: { 'node_modules/a': { ...a, version: '1.0.1' } } })).toBe(false);
  expect(isInstalled(wanted, { packages: { 'node_modules/a': { ...a, integrity: 'sha512-c' } } })).toBe(
    false,
  );
});

test('the example’s own server is given nothing that opens the Latchstring server', () => {
  const given = { LATCHSTRING_ISSUER: 'http://localhost:4000', LATCHSTRING_SECRET: 'a', PORT: '5173' };
  const env = { ...given, ...backendEnvironment({ ...given, LATCHSTRING_DATABASE_URL: 'file:b' }) };
  const child = spawnSync(process.execPath, ['-p', 'JSON.stringify(process.env)'], { env, encoding: 'utf8' });
  const seen = JSON.parse(child.stdout) as NodeJS.ProcessEnv;
  expect(seen).toMatchObject({ LATCHSTRING_ISSUER: 'http://localhost:4000', PORT: '5173' });
  expect(Object.keys(seen).filter((name) => /SECRET|DATABASE/.test(name))).toEqual([]);
});

/** A tree with the start script and a task that shows where it runs, under a Node that says it is an old one. */
function treeWithToolchain(): string {
  const tree = join(folder, 'tree');
  for (const path of ['run.mjs', 'setup/toolchain.mjs', 'lib/signals.mjs']) {
    cpSync(join(ROOT, 'scripts', path), join(tree, 'scripts', path));
  }
  writeFileSync(
    join(tree, 'scripts/main.ts'),
    'console.log("task", ...process.argv.slice(2)); process.exit(3);',
  );
  writeFileSync(
    join(folder, 'old.mjs'),
    `Object.defineProperty(process.versions, 'node', { value: '20.20.2' });`,
  );
  return tree;
}

function runUnderOldNode(tree: string, env: NodeJS.ProcessEnv): { status: number | null; output: string } {
  const args = ['--import', join(folder, 'old.mjs'), join(tree, 'scripts/run.mjs'), 'a task', '--flag'];
  const result = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

test('an old Node hands over to the fetched one, with arguments and exit code', () => {
  const tree = treeWithToolchain();
  const bin = join(tree, '.toolchain/node-26.10.0/bin');
  mkdirSync(bin, { recursive: true });
  const node = join(bin, 'node');
  writeFileSync(node, `#!/bin/sh\necho "fetched Node on $PATH"\nexec '${process.execPath}' "$@"\n`);
  chmodSync(node, 0o755);
  const { status, output } = runUnderOldNode(tree, { PATH: '/usr/bin:/bin' });
  expect(status).toBe(3);
  expect(output).toContain(`fetched Node on ${bin}:`);
  expect(output).toContain('task a task --flag');
});

test('an old Node that can fetch nothing says so in one sentence and leaves nothing behind', () => {
  const tree = treeWithToolchain();
  rmSync(join(tree, '.toolchain'), { recursive: true, force: true });
  const npm = join(folder, 'npm-cli.js');
  writeFileSync(npm, `console.error('npm error code ENOTFOUND\\nnpm error more'); process.exit(1);`);
  const { status, output } = runUnderOldNode(tree, { PATH: '/usr/bin:/bin', npm_execpath: npm });
  expect(status).toBe(1);
  expect(output.trim().split('\n').slice(1)).toEqual([expect.stringMatching(/ENOTFOUND/)]);
  expect(existsSync(join(tree, '.toolchain/node-26.10.0'))).toBe(false);
});
