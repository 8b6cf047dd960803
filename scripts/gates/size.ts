import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { capture, tool } from '../lib/command.ts';
import type { Gate } from '../lib/gate.ts';
import { ROOT } from '../lib/workspace.ts';
import { ensureBuild } from '../setup/prepare.ts';

/** What a browser client in cookie mode has no business with, and why. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\brefresh_token\b/, 'cookie mode never sees a refresh token'],
  [/\bsessionStorage\b/, 'nothing of a session is stored where page scripts can read it'],
  [/\beval\(|\bnew Function\b/, 'a strict Content-Security-Policy forbids it'],
  [/(globalThis|window|self)\.fetch\s*=[^=]|XMLHttpRequest\.prototype/, 'the page is not patched'],
  [/["'`]node:|\bprocess\.env\b|\bBuffer\b/, 'it is for browsers'],
  [/https?:\/\/(?!localhost)/, 'it talks to nobody but the server that it was given'],
];

/** Why a bundle's text must not be shipped. */
export function findForbidden(text: string): readonly string[] {
  return FORBIDDEN.flatMap(([pattern, reason]) => {
    const found = pattern.exec(text)?.[0];
    return found === undefined ? [] : [`the client's bundle holds ${found}: ${reason}`];
  });
}

/** The client is as small as promised, and its bundle holds nothing that it has no business with. */
export const size: Gate = {
  name: 'size',
  async run() {
    await ensureBuild('packages');
    const folder = join(ROOT, '.cache/size', String(process.pid));
    try {
      const { status, output } = await capture(process.execPath, [
        tool('size-limit/bin.js'),
        '--save-bundle',
        folder,
      ]);
      if (status !== 0) return [output.trim()];
      const bundles = globSync('**/*.js', { cwd: folder });
      if (bundles.length === 0) return ['size-limit left no bundle to look into'];
      return bundles.flatMap((path) => findForbidden(readFileSync(join(folder, path), 'utf8')));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
