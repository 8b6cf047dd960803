/** better-auth in a process of its own, on PostgreSQL: `server.ts DATABASE_URL [tokens]`. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';
import pg from 'pg';
import { serveParent } from '../lib/child.ts';
import { PASSWORD } from '../service/people.ts';

const [databaseUrl = '', tokens] = process.argv.slice(2);
const auth = betterAuth({
  baseURL: 'http://localhost:4000',
  secret: randomBytes(32).toString('base64'),
  // As many connections as the service takes.
  database: new pg.Pool({ connectionString: databaseUrl, max: 10 }),
  emailAndPassword: { enabled: true },
  // Every request for the session moves its end.
  session: { updateAge: 0 },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  // An access token comes with each answer, as it does with ours.
  plugins: tokens === undefined ? [] : [jwt({ jwks: { keyPairConfig: { alg: 'ES256' } } })],
});
await (await getMigrations(auth.options)).runMigrations();

/** The Cookie headers of so many people who have just signed up. */
async function signUp(count: number): Promise<string[]> {
  const one = async (_: unknown, at: number): Promise<string> => {
    const body = { email: `person-${at}@example.com`, name: 'Person', password: PASSWORD };
    const { headers } = await auth.api.signUpEmail({ body, asResponse: true });
    return headers
      .getSetCookie()
      .map((cookie) => cookie.slice(0, cookie.indexOf(';')))
      .join('; ');
  };
  return Promise.all(Array.from({ length: count }, one));
}

const handler = toNodeHandler(auth);
const server = createServer((request, response) => void handler(request, response));
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
serveParent({ 'better-auth': (server.address() as AddressInfo).port }, { signUp });
