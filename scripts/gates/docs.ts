import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, tool } from '../lib/command.ts';
import type { Gate } from '../lib/gate.ts';
import { ROOT } from '../lib/workspace.ts';

const PAGES = ['README.md', 'docs/**/*.md', 'packages/*/README.md'];
const FOLDER = '.cache/docs';

/** Types as an application has them, so that what is copied from a page compiles. */
const CONFIGURATION = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    lib: ['ES2024', 'DOM', 'DOM.Iterable'],
    module: 'ESNext',
    moduleResolution: 'Bundler',
    types: ['node'],
    jsx: 'react-jsx',
    allowJs: true,
    isolatedDeclarations: false,
    noImplicitOverride: false,
    noPropertyAccessFromIndexSignature: false,
    declaration: false,
  },
  include: ['*'],
};

/** A block of code, and what the page says of the rest of the program in a comment before it (`<!-- given … -->`). */
const BLOCK =
  /(?:^<!-- given\n(?<given>(?:(?!-->).*\n)*)-->\n\n)?^```(?<language>tsx?|js|vue)\n(?<code>[^]*?)^```$/gm;

/**
 * The blocks of a page as modules, by their names. Everything stands in the line in which the page has it, and all other lines are
 * empty, so that the compiler names the page's own lines.
 */
function modulesOf(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const modules = new Map<string, string>();
  for (const { 0: whole, index, groups = {} } of text.matchAll(BLOCK)) {
    const { given = '', language = '', code = '' } = groups;
    const linesBefore = text.slice(0, index).split('\n').length;
    // The fence before the code, and the comment's own lines.
    const between = whole.split('\n').length - given.split('\n').length - code.split('\n').length;
    const padding = given === '' ? '' : '\n'.repeat(between);
    // A component begins with its first line, and is given nothing.
    const module =
      language === 'vue' ? code : `${'\n'.repeat(linesBefore)}${given}${padding}${code}export {};\n`;
    const name = `${page.replaceAll('/', '-')}-${String(linesBefore)}`;
    modules.set(`${name}.${language === 'ts' ? 'tsx' : language}`, module);
  }
  return modules;
}

/** What the pages show compiles, against the sources of this tree. */
export const docs: Gate = {
  name: 'docs',
  async run() {
    const folder = join(ROOT, FOLDER);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONFIGURATION));
    for (const page of globSync(PAGES, { cwd: ROOT }).sort()) {
      for (const [name, code] of modulesOf(page)) writeFileSync(join(folder, name), code);
    }
    const compiler = tool('vue-tsc/bin/vue-tsc.js');
    const { status, output } = await capture(process.execPath, [
      compiler,
      '--project',
      FOLDER,
      '--pretty',
      'false',
    ]);
    return status === 0 ? [] : output.trim().split('\n');
  },
};
