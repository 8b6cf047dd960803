import { globSync, readFileSync } from 'node:fs';
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
    return found === undefined ? [] : [`holds ${found}: ${reason}`];
  });
}

/** What runs in a page: the client with all that it imports, and the bindings. */
const SHIPPED = ['packages/client/dist/standalone.js', 'packages/{react,vue}/dist/*.js'];

/** The client is as small as promised, and holds nothing that it has no business with; nor do the bindings. */
export const size: Gate = {
  name: 'size',
  async run() {
    await ensureBuild('packages');
    const { status, output } = await capture(process.execPath, [tool('size-limit/bin.js')]);
    if (status !== 0) return [output.trim()];
    return globSync(SHIPPED, { cwd: ROOT }).flatMap((path) =>
      findForbidden(readFileSync(join(ROOT, path), 'utf8')).map((finding) => `${path} ${finding}`),
    );
  },
};
