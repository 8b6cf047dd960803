import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { capture, tool } from '../lib/command.ts';
import type { Gate } from '../lib/gate.ts';
import { packPublic } from '../lib/tarballs.ts';
import type { Tarball } from '../lib/tarballs.ts';
import { ensureBuild } from '../setup/prepare.ts';

/** Only this tree resolves to sources; they are not published, and nobody else sets the condition. */
const OWN_CONDITION = 'latchstring-source';

async function publintFindings({ path }: Tarball): Promise<readonly string[]> {
  const bytes = readFileSync(path);
  const tarball = new Uint8Array(bytes).buffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages
    .filter((message) => !message.path.includes(OWN_CONDITION))
    .map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}

async function typesFindings({ path }: Tarball): Promise<readonly string[]> {
  const flags = ['--profile', 'esm-only', '--no-emoji', '--no-color', '--format', 'ascii'];
  const { status, output } = await capture(process.execPath, [
    tool('@arethetypeswrong/cli/dist/index.js'),
    path,
    ...flags,
  ]);
  return status === 0 ? [] : [output.trim()];
}

function contentFindings({ files }: Tarball): readonly string[] {
  const missing = files.includes('LICENSE') ? [] : ['LICENSE is not in the tarball'];
  const stray = files.filter(
    (file) => !/^(dist|bin)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(file),
  );
  return [...missing, ...stray.map((file) => `${file} does not belong in the tarball`)];
}

async function check(tarball: Tarball): Promise<readonly string[]> {
  const findings = [
    ...contentFindings(tarball),
    ...(await publintFindings(tarball)),
    ...(await typesFindings(tarball)),
  ];
  return findings.map((finding) => `${tarball.workspace.manifest.name}: ${finding}`);
}

/** What would be published holds what it should, and its exports and types resolve for those who install it. */
export const packed: Gate = {
  name: 'packed',
  async run() {
    await ensureBuild('packages');
    const tarballs = await packPublic();
    const findings: string[] = [];
    for (const tarball of tarballs) findings.push(...(await check(tarball)));
    for (const { path } of tarballs.slice(0, 1)) rmSync(dirname(path), { recursive: true });
    return findings;
  },
};
