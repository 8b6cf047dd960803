import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../lib/command.ts';
import type { Gate } from '../lib/gate.ts';
import { ROOT } from '../lib/workspace.ts';

/** Files that decide where packages come from: a host in one of them breaks the build of everyone with a mirror. */
const DECIDING =
  /(^|\/)(package(-lock)?\.json|\.npmrc|\.yarnrc.*|pnpm-lock\.yaml|requirements.*\.txt|uv\.lock|pyproject\.toml|pip\.conf)$/;
const HOST =
  /https?:\/\/[^\s"']*(registry|npmjs|yarnpkg|pypi|pythonhosted|artifactory|nexus|verdaccio)[^\s"']*/gi;

/** The addresses of registries in a file's text. */
export function findHosts(text: string): readonly string[] {
  return text.match(HOST) ?? [];
}

/** No file that decides where packages come from names a registry. */
export const registryHosts: Gate = {
  name: 'registry hosts',
  async run() {
    const { status, output } = await capture('git', [
      'ls-files',
      '--cached',
      '--others',
      '--exclude-standard',
    ]);
    if (status !== 0) return ['git could not list the files'];
    const files = output.split('\n').filter((path) => DECIDING.test(path));
    return files.flatMap((path) =>
      findHosts(readFileSync(join(ROOT, path), 'utf8')).map((host) => `${path}: ${host}`),
    );
  },
};
