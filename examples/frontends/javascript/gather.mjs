// Puts what the page consists of into one folder, for a web server to serve. Nothing is compiled or bundled: these are
// the files as they are written, the styles and words that all examples share, and the client's one file.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = import.meta.dirname;
const shared = join(here, '../shared');
const dist = join(here, 'dist');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
cpSync(join(shared, 'public'), dist, { recursive: true });
// Above the root of a web site is the root: from /app.js, `../shared/api.js` is /shared/api.js.
cpSync(shared, join(dist, 'shared'), { recursive: true, filter: (path) => path !== join(shared, 'public') });
for (const name of readdirSync(here).filter((file) => /\.(html|js)$/.test(file))) {
  cpSync(join(here, name), join(dist, name));
}
const client = fileURLToPath(import.meta.resolve('@latchstring/client/standalone'));
cpSync(client, join(dist, 'latchstring-client.js'));
