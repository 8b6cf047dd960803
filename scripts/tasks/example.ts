import { resolve } from 'node:path';
import { copyTemplate } from '../lib/copy-template.ts';
import { runExample } from '../lib/example-app.ts';
import { TEMPLATES, findTemplate } from '../lib/templates.ts';
import { ROOT } from '../lib/workspace.ts';

/** Where a folder that somebody names is: npm runs us in the root, wherever they are. */
function folderOf(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? ROOT, path);
}

/** `NAME` runs one example, with a Latchstring server beside it; `copy NAME FOLDER` copies one out of the tree. */
export async function run([first, name, folder]: readonly string[]): Promise<number> {
  if (first === 'copy' && name !== undefined && folder !== undefined) {
    const target = folderOf(folder);
    copyTemplate(findTemplate(name), target);
    console.log(`${name} is in ${target}; its README.md says how to start it.`);
    return 0;
  }
  if (first !== undefined && first !== 'copy') return runExample(first);
  console.error(
    `Which example? npm run example -- NAME, or to have your own: npm run example -- copy NAME FOLDER. The names are: ${TEMPLATES.join(', ')}.`,
  );
  return 1;
}
