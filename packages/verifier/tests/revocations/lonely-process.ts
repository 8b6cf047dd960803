/** A script that checks a token with the clocks and timers of the machine, and forgets to close its verifier. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { judge, token, verifierOf } from '../support.ts';
import { ScriptedIssuer } from './issuer.ts';
import { World } from './world.ts';

const [how = '', url] = process.argv.slice(2);
const now = Math.floor(Date.now() / 1000);

if (url === undefined) {
  // The issuer lives in this process, the verifier in one of its own.
  const world = new World();
  const issuer = await new ScriptedIssuer(world).listen();
  issuer.skew = now - world.time;
  if (how === 'held') issuer.streaming = 'held';
  if (how === 'down') issuer.isCut = true;
  const { key, script } = { key: JSON.stringify(issuer.publicJwk), script: fileURLToPath(import.meta.url) };
  const child = spawn(
    process.execPath,
    ['--conditions=latchstring-source', '--no-warnings', script, how, issuer.url, key, issuer.token(now)],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  child.once('exit', () => void issuer.close());
} else {
  const [key = '', given = token()] = process.argv.slice(4);
  const verifier = verifierOf({ now: () => Date.now() / 1000, revocations: { url } }, [JSON.parse(key)]);
  const verdict = await judge(given, verifier);
  process.stdout.write(`${verdict} ${verifier.revocations.status.state}\n`);
}
