import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setUp } from '../lib/command.ts';
import { PYTHON } from '../lib/python.ts';
import { ROOT } from '../lib/workspace.ts';
import { alone } from './lock.ts';
import { canInstallPackages, installSystemPackages } from './system-packages.ts';

const REQUIREMENTS = 'python/requirements-dev.txt';
const PROJECT = 'python/pyproject.toml';
const FOLDER = join(ROOT, '.toolchain/python');
const STAMP = join(FOLDER, 'made-from.json');
const MINIMUM = [3, 10] as const;

/** A Python of this machine. */
interface Python {
  readonly command: string;
  readonly version: string;
  /** Whether it can make a virtual environment with pip in it. */
  readonly hasVenv: boolean;
}

const PROBE = `import importlib.util as u, sys
print(*sys.version_info[:3], all(u.find_spec(n) for n in ("venv", "ensurepip")))`;

function probe(command: string): Python | undefined {
  const { status, stdout } = spawnSync(command, ['-c', PROBE], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [major, minor, patch, hasVenv] = stdout.trim().split(' ');
  const isFitting = Number(major) === MINIMUM[0] && Number(minor) >= MINIMUM[1];
  if (!isFitting) return undefined;
  return { command, version: `${major}.${minor}.${patch}`, hasVenv: hasVenv === 'True' };
}

/** The first fitting Python on PATH. One of these names is there wherever one is installed. */
function findPython(): Python | undefined {
  const names = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  for (const name of names) {
    const found = probe(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A Python that can make a virtual environment; on Debian root has what is missing installed. */
function requirePython(): Python {
  const found = findPython();
  if (found?.hasVenv === true) return found;
  if (canInstallPackages()) {
    installSystemPackages(['python3', 'python3-venv']);
    const installed = findPython();
    if (installed?.hasVenv === true) return installed;
  }
  const what =
    found === undefined ? 'Python 3.10 or later' : `the modules venv and ensurepip of ${found.command}`;
  throw new Error(
    `The Python tests need ${what} on PATH. On Debian and Ubuntu: apt-get install python3-venv.`,
  );
}

/** What the environment was made from, and then what our own package in it was. */
interface Stamps {
  readonly environment: string;
  readonly project: string;
}

function digest(path: string): string {
  return createHash('sha256')
    .update(ROOT)
    .update(readFileSync(join(ROOT, path)))
    .digest('hex');
}

function wanted(): Stamps {
  return { environment: digest(REQUIREMENTS), project: digest(PROJECT) };
}

function found(): Partial<Stamps> {
  // The machine's Python, which it was made with, may have gone since.
  if (!existsSync(STAMP) || probe(PYTHON) === undefined) return {};
  return JSON.parse(readFileSync(STAMP, 'utf8')) as Stamps;
}

function isFresh(): boolean {
  const [mine, theirs] = [wanted(), found()];
  return mine.environment === theirs.environment && mine.project === theirs.project;
}

const PIP = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', '--quiet', '--no-deps'];

function makeEnvironment(): void {
  const { command, version } = requirePython();
  console.error(`Making a virtual environment of Python ${version} in .toolchain/python …`);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(ROOT, '.toolchain'), { recursive: true });
  setUp(command, ['-m', 'venv', FOLDER]);
  setUp(PYTHON, [...PIP, '--only-binary', ':all:', '--requirement', join(ROOT, REQUIREMENTS)]);
}

function make(): void {
  const stamps = wanted();
  if (found().environment !== stamps.environment) makeEnvironment();
  // From its own source, with the build tools of the list: what is tested is what is there.
  setUp(PYTHON, [...PIP, '--no-build-isolation', '--editable', join(ROOT, 'python')]);
  writeFileSync(STAMP, JSON.stringify(stamps));
}

/** Makes sure of `.toolchain/python`, a virtual environment with the exact packages of the list and ours. */
export async function ensurePython(): Promise<void> {
  if (isFresh()) return;
  await alone(() => {
    if (!isFresh()) make();
    return Promise.resolve();
  });
}
