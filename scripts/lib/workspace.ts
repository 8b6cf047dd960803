import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the tree. */
export const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** What the scripts read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One workspace: its folder relative to the root (`packages/client`), and its package.json. */
export interface Workspace {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Reads a package.json, by its path below the root. */
export function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Manifest;
}

/** All workspaces that the root's package.json names, each after those it depends on. */
export function workspaces(): readonly Workspace[] {
  const patterns = readManifest('package.json').workspaces ?? [];
  const found = patterns
    .flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: ROOT }))
    .sort()
    .map((path) => ({ folder: dirname(path), manifest: readManifest(path) }));
  return inDependencyOrder(found);
}

function inDependencyOrder(all: readonly Workspace[]): readonly Workspace[] {
  const ordered = new Set<Workspace>();
  const visit = (workspace: Workspace): void => {
    if (ordered.has(workspace)) return;
    for (const name of Object.keys(workspace.manifest.dependencies ?? {})) {
      const dependency = all.find((other) => other.manifest.name === name);
      if (dependency) visit(dependency);
    }
    ordered.add(workspace);
  };
  all.forEach(visit);
  return [...ordered];
}

/** The workspaces under packages/ that have source to build. */
export function packages(): readonly Workspace[] {
  return workspaces().filter(
    ({ folder, manifest }) =>
      folder.startsWith('packages/') && manifest.exports && existsSync(join(ROOT, folder, 'src/index.ts')),
  );
}

/** The packages that are published. */
export function publicPackages(): readonly Workspace[] {
  return packages().filter(({ manifest }) => manifest.private !== true);
}
