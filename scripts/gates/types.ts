import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture, tool } from '../lib/command.ts';
import type { Gate } from '../lib/gate.ts';
import { ROOT } from '../lib/workspace.ts';

/** Vue's compiler of its components is tsc and more. */
function compilerFor(project: string): string {
  const hasComponents = globSync('src/**/*.vue', { cwd: join(ROOT, project) }).length > 0;
  return tool(hasComponents ? 'vue-tsc/bin/vue-tsc.js' : 'typescript/bin/tsc');
}

async function check(project: string): Promise<readonly string[]> {
  const stamp = join(ROOT, '.cache/types', `${project.replaceAll('/', '-')}.tsbuildinfo`);
  const args = ['--project', project, '--incremental', '--tsBuildInfoFile', stamp, '--pretty', 'false'];
  const { status, output } = await capture(process.execPath, [compilerFor(project), ...args]);
  return status === 0 ? [] : output.trim().split('\n');
}

/** Every folder with a tsconfig.json type-checks. */
export const types: Gate = {
  name: 'types',
  async run() {
    const projects = globSync(
      [
        'tsconfig.json',
        '*/tsconfig.json',
        '{packages,examples}/*/tsconfig.json',
        'examples/*/*/tsconfig.json',
      ],
      {
        cwd: ROOT,
      },
    );
    const findings: string[] = [];
    for (const project of projects.map(dirname).sort()) findings.push(...(await check(project)));
    return findings;
  },
};
