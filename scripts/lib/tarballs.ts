import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { capture, npm } from './command.ts';
import { ROOT, publicPackages } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/** A published package as npm would upload it. */
export interface Tarball {
  readonly workspace: Workspace;
  readonly path: string;
  /** The names of the files in it. */
  readonly files: readonly string[];
}

interface PackReport {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

async function pack(workspace: Workspace, destination: string): Promise<Tarball> {
  const flags = ['--ignore-scripts', '--json', '--loglevel', 'error', '--pack-destination', destination];
  const { status, output } = await capture(process.execPath, npm('pack', `./${workspace.folder}`, ...flags));
  if (status !== 0) throw new Error(`npm pack of ${workspace.folder} failed: ${output}`);
  const [report] = JSON.parse(output.slice(output.indexOf('['))) as readonly PackReport[];
  if (report === undefined) throw new Error(`npm pack of ${workspace.folder} named no file.`);
  return { workspace, path: join(destination, report.filename), files: report.files.map(({ path }) => path) };
}

/** Packs every public package, as it is built, into a new folder below .cache. */
export async function packPublic(): Promise<readonly Tarball[]> {
  const parent = join(ROOT, '.cache/packed');
  mkdirSync(parent, { recursive: true });
  const destination = mkdtempSync(join(parent, 'run-'));
  return Promise.all(publicPackages().map((workspace) => pack(workspace, destination)));
}
