import { cpSync, existsSync, globSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SHARED, isPython } from './templates.ts';
import type { Template } from './templates.ts';
import { readManifest } from './workspace.ts';

/** What is made, or is for this tree alone. */
const LEFT_OUT = new Set(['node_modules', 'dist', 'tests', '__pycache__', 'README.md']);

/** The line of a tsconfig.json that reads our packages as they are written, with the comment above it. */
const TREE_ONLY = /,?\n\s*\/\/ In Latchstring's own tree only.*\n\s*"customConditions".*/;

function copyFolder(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  for (const path of globSync('tsconfig.json', { cwd: to }).map((name) => join(to, name)))
    writeFileSync(path, readFileSync(path, 'utf8').replace(TREE_ONLY, ''));
}

function manifest({ name }: Template): string {
  const { version } = readManifest('packages/server/package.json');
  const content = {
    name,
    private: true,
    scripts: { latchstring: 'latchstring' },
    dependencies: { latchstring: version },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function readme(template: Template): string {
  const backend = isPython(template)
    ? `python3 -m venv .venv
.venv/bin/pip install -r requirements.txt
.venv/bin/python start.py`
    : `npm install
npm start`;
  return `# ${template.name}

Pages in \`frontend/\`, an API in \`backend/\`, and a Latchstring server beside them. What all frontends share, their styles and
words, is in \`shared/\`.

## Start it

The Latchstring server, in a first terminal:

\`\`\`sh
npm install
export LATCHSTRING_ISSUER=http://localhost:4000 LATCHSTRING_ORIGINS=http://localhost:5173
export LATCHSTRING_SECRET=$(openssl rand -base64 32)   # keep it
npm run latchstring -- serve
\`\`\`

The pages, and the API that serves them on http://localhost:5173, in a second one:

\`\`\`sh
cd frontend
npm install
npm run build
cd ../backend
${backend}
\`\`\`

## Make it yours

- Your database goes in the place of \`backend/${isPython(template) ? 'notebooks.py' : 'src/notebooks.ts'}\`. The one thing that your tables need of a person is the subject.
- In production all of it is https. One host for pages, API and \`/auth/\` is the simple case; pages on another host than
  Latchstring need its \`LATCHSTRING_COOKIE_DOMAIN\`, and the same in the verifier's and the client's options.
`;
}

/** Copies a template into a folder that does not exist, or is empty: it works there by the names of the packages. */
export function copyTemplate(template: Template, folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder} is not empty.`);
  mkdirSync(folder, { recursive: true });
  copyFolder(template.frontend, join(folder, 'frontend'));
  copyFolder(template.backend, join(folder, 'backend'));
  copyFolder(SHARED, join(folder, 'shared'));
  writeFileSync(join(folder, 'package.json'), manifest(template));
  writeFileSync(join(folder, 'README.md'), readme(template));
}
