/** The service in a process of its own: `server.ts OPTIONS`. It is the real one; only its hands on time are the bench's. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createLatchstring } from 'latchstring';
import { createNodeServer } from 'latchstring/node';
import { createPasswordHasher } from '../../packages/server/src/crypto/password-hasher.ts';
import { createPasswordThreads } from '../../packages/server/src/crypto/password-threads.ts';
import { createRefreshQueue } from '../../packages/server/src/store/refresh-queue.ts';
import { openSqlite } from '../../packages/server/src/store/sqlite.ts';
import { serveParent } from '../lib/child.ts';
import { moment } from '../lib/moment.ts';
import type { ServiceProcessOptions } from './options.ts';
import { createPeople, PASSWORD } from './people.ts';

const { port, databaseUrl, refreshesOneByOne } = JSON.parse(process.argv[2] ?? '') as ServiceProcessOptions;
const secret = randomBytes(32).toString('base64');
let offset = 0;
const clockOffset = (): number => offset;
const service = await createLatchstring({
  issuer: `http://localhost:${port}`,
  secret,
  databaseUrl,
  limits: 'off',
  // What is logged by default is written, and costs what it costs; nobody reads it.
  logTo: { write: () => undefined },
  clockOffset,
});
const { accounts, store } = service.administration;

if (refreshesOneByOne) {
  // Over a connection of its own, as the store has one: the same statements, with one refresh in a transaction.
  const path = databaseUrl.slice('file:'.length);
  const { refreshAll } = await openSqlite({ path, statementTimeout: 5000, clockOffset });
  Object.assign(store, { refresh: createRefreshQueue({ run: refreshAll, size: 1, inFlight: 1 }) });
}

let committedAt = NaN;
const endSession = store.endSession.bind(store);
Object.assign(store, {
  endSession: async (...given: Parameters<typeof endSession>) => {
    const ended = await endSession(...given);
    committedAt = moment();
    return ended;
  },
});

/** What argon2 alone gives: passwords checked a second, for so long, with nothing else to do. */
async function hashesPerSecond(milliseconds: number): Promise<number> {
  const hasher = createPasswordHasher(createPasswordThreads());
  const hash = await hasher.hash(PASSWORD);
  const start = performance.now();
  let count = 0;
  // More than are computed at once, so that none of the threads ever waits.
  const check = async (): Promise<void> => {
    while (performance.now() - start < milliseconds) {
      await hasher.verify(hash, PASSWORD);
      count++;
    }
  };
  await Promise.all(Array.from({ length: 16 }, check));
  return (count * 1000) / (performance.now() - start);
}

const people = await createPeople({ accounts, store, secret });
const server = createNodeServer(service, { ownsProcess: true });
server.listen(port, '127.0.0.1');
await once(server, 'listening');
serveParent(
  { service: port },
  {
    advance: (milliseconds: number) => void (offset += milliseconds),
    openSessions: (count: number) => people.openSessions(count),
    hashesPerSecond,
    committedAt: () => committedAt,
  },
);
