import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '@latchstring/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { npm } from '../scripts/lib/command.ts';
import { copyTemplate } from '../scripts/lib/copy-template.ts';
import { PYTHON } from '../scripts/lib/python.ts';
import { startService, stopServices, untilReady } from '../scripts/lib/services.ts';
import { packPublic } from '../scripts/lib/tarballs.ts';
import type { Tarball } from '../scripts/lib/tarballs.ts';
import { TEMPLATES, findTemplate } from '../scripts/lib/templates.ts';
import { ROOT } from '../scripts/lib/workspace.ts';
import { ensureBuild } from '../scripts/setup/prepare.ts';
import { ensurePython } from '../scripts/setup/python.ts';
import { findNpm } from '../scripts/setup/toolchain.mjs';

/** What a stranger has: a template outside of the tree, and our packages as they would be published. */
const folder = mkdtempSync(join(tmpdir(), 'latchstring-copies-'));
const venv = join(folder, 'venv');
const python = join(venv, 'bin/python');
let tarballs: readonly Tarball[] = [];

function run(cwd: string, command: string, args: readonly string[]): void {
  const env = { ...process.env, NODE_ENV: undefined, PIP_DISABLE_PIP_VERSION_CHECK: '1' };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${args.join(' ')} failed in ${cwd}: ${stdout}${stderr}`);
}

/** Installs what a package.json names, and of ours the tarballs. */
function install(cwd: string): void {
  const manifest = readFileSync(join(cwd, 'package.json'), 'utf8');
  const ours = tarballs.filter(({ workspace }) => {
    const { name } = workspace.manifest;
    return name === '@latchstring/protocol' || manifest.includes(`"${name}"`);
  });
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--no-save'];
  run(cwd, process.execPath, npm('install', ...flags, ...ours.map(({ path }) => path)));
}

beforeAll(async () => {
  process.env['npm_execpath'] ??= findNpm();
  await ensureBuild('packages');
  await ensurePython();
  tarballs = await packPublic();
  run(join(ROOT, 'python'), PYTHON, ['-m', 'build', '--no-isolation', '--wheel', '--outdir', folder]);
  run(folder, PYTHON, ['-m', 'venv', venv]);
}, 600_000);

afterAll(() => {
  for (const { path } of tarballs.slice(0, 1)) rmSync(dirname(path), { recursive: true });
  rmSync(folder, { recursive: true });
});

/** Starts the copy's backend, and gives what its page and its protected route answer. */
async function answersOf(copy: string, pages: string): Promise<unknown> {
  const port = await freePort();
  const backend = join(copy, 'backend');
  const env = { PORT: String(port), PAGES: pages, LATCHSTRING_ISSUER: 'http://localhost:4' };
  const command = existsSync(join(backend, 'start.py'))
    ? [join(ROOT, 'scripts/lib/run-child.mjs'), python, 'start.py']
    : ['start.ts'];
  const service = startService('copy', command, env, backend);
  try {
    const url = `http://localhost:${port}`;
    await untilReady(service, url);
    const page = await (await fetch(url)).text();
    const notes = await fetch(`${url}/api/notes`);
    const { code } = (await notes.json()) as { code: string };
    return { knowsIssuer: page.includes('content="http://localhost:4"'), status: notes.status, code };
  } finally {
    await stopServices([service]);
  }
}

const GOOD = { knowsIssuer: true, status: 401, code: 'credentials_missing' };

/** The pages of the frontends that were built outside of the tree, for templates that have the same. */
const built = new Map<string, string>();

test.each(TEMPLATES)(
  'D5: %s works where it was copied to, by the names of the packages',
  async (name) => {
    const copy = join(folder, name);
    copyTemplate(findTemplate(name), copy);
    expect(globSync('**/{node_modules,dist,tests}', { cwd: copy })).toEqual([]);
    for (const path of globSync('**/tsconfig.json', { cwd: copy }))
      expect(readFileSync(join(copy, path), 'utf8')).not.toContain('latchstring-source');

    const [frontend = ''] = name.split('-');
    if (!built.has(frontend)) {
      install(join(copy, 'frontend'));
      run(join(copy, 'frontend'), process.execPath, npm('run', 'build'));
      built.set(frontend, join(copy, 'frontend/dist'));
    }
    const backend = join(copy, 'backend');
    if (existsSync(join(backend, 'package.json'))) install(backend);
    else {
      const pip = ['-m', 'pip', 'install', '--quiet', '--find-links', folder];
      run(backend, python, [...pip, '--requirement', 'requirements.txt']);
    }
    expect(await answersOf(copy, built.get(frontend) ?? '')).toEqual(GOOD);
  },
  300_000,
);

test('a template is not copied over what is there, and one that is none is refused with the names of those that are', () => {
  expect(() => copyTemplate(findTemplate('react-express'), ROOT)).toThrow(/not empty/);
  for (const name of [
    'angular-express',
    'react',
    'react-express-flask',
    '../react-express',
    'shared-express',
  ])
    expect(() => findTemplate(name)).toThrow(/vue-flask/);
});

test('backends that have a file in common have the same one, since each stands alone', () => {
  for (const name of ['src/notebooks.ts', 'src/settings.ts', 'notebooks.py', 'pages.py']) {
    const texts = globSync(`examples/backends/*/${name}`, { cwd: ROOT }).map((path) =>
      readFileSync(join(ROOT, path), 'utf8'),
    );
    expect(texts.length).toBeGreaterThan(1);
    expect(new Set(texts).size).toBe(1);
  }
});
