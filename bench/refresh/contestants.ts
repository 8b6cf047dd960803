import { startServerProcess } from '../lib/child.ts';
import { formatRequest, openConnection, shareOut, type Connection } from '../lib/connection.ts';
import { refresh, startService } from '../service/service.ts';
import { createPgbench, type PgbenchSize } from './pgbench.ts';

/** What one of them did in a round. */
export interface Rate {
  /** Refreshes a second. */
  readonly perSecond: number;
  /** Microseconds of CPU of the serving process for one of them. */
  readonly cpu: number;
}

/** Something that refreshes sessions. */
export interface Contestant {
  readonly name: string;
  round(): Promise<Rate>;
  stop(): Promise<void>;
}

/** How much is done in a round. */
export interface RoundSize {
  readonly connections: number;
  readonly sessions: number;
}

/** More than M: every token of the round before has become one that is due. Milliseconds. */
const PAUSE = 121_000;

/** The service over HTTP. Every refresh of a round is another session's, and its token takes the place of the one before. */
export async function startOurs(
  name: string,
  databaseUrl: string,
  { connections: count, sessions: people }: RoundSize,
  options: { readonly refreshesOneByOne?: boolean } = {},
): Promise<Contestant> {
  const service = await startService(databaseUrl, options);
  const connections = openConnections(service.port, count);
  const sessions = await service.openSessions(people);
  const refreshAll = async (): Promise<void> => {
    await service.advance(PAUSE);
    await shareOut(connections, sessions, async (connection, session) => {
      // A new token each time: the one that came with the last is what was promoted now.
      if (!(await refresh(connection, session))) throw new Error('A refresh of the bench was no promotion.');
    });
  };
  // The first is of the token that a login gives, which is current already.
  await refreshAll();
  return {
    name,
    round: () => measure(people, refreshAll, () => service.cpu()),
    async stop() {
      connections.forEach((connection) => connection.close());
      await service.stop();
    },
  };
}

/**
 * better-auth over HTTP: every request for a session moves its end in the database. `tokens`: and is answered with a new access
 * token as well, as every refresh of ours is.
 */
export async function startBetterAuth(
  name: string,
  databaseUrl: string,
  { connections: count, sessions: requests }: RoundSize,
  { tokens }: { readonly tokens: boolean },
): Promise<Contestant> {
  const server = await startServerProcess(new URL('../better-auth/server.ts', import.meta.url), [
    databaseUrl,
    ...(tokens ? ['tokens'] : []),
  ]);
  const connections = openConnections(server.ports['better-auth'] ?? 0, count);
  const cookies = (await server.ask('signUp', count)) as string[];
  const texts = cookies.map((cookie) =>
    formatRequest('GET /api/auth/get-session', [`cookie: ${cookie}`, 'user-agent: bench']),
  );
  const requestAll = (): Promise<void> =>
    shareOut(connections, Array(requests).keys(), async (connection, at) => {
      const { status, head } = await connection.ask(texts[at % count] ?? Buffer.alloc(0));
      const isRefreshed = /^set-cookie:/im.test(head) && /^set-auth-jwt:/im.test(head) === tokens;
      if (status !== 200 || !isRefreshed) throw new Error('better-auth did not refresh.');
    });
  await requestAll();
  return {
    name,
    round: () => measure(requests, requestAll, () => server.cpu()),
    async stop() {
      connections.forEach((connection) => connection.close());
      await server.stop();
    },
  };
}

/** The database alone. */
export async function startPgbench(url: string, size: PgbenchSize): Promise<Contestant> {
  const bench = await createPgbench(url, size);
  return {
    name: `pgbench, ${size.connections} connections`,
    round: async () => ({ perSecond: await bench.run(), cpu: NaN }),
    stop: () => bench.close(),
  };
}

function openConnections(port: number, count: number): Connection[] {
  return Array.from({ length: count }, () => openConnection(port));
}

async function measure(count: number, work: () => Promise<void>, cpu: () => Promise<number>): Promise<Rate> {
  const before = await cpu();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  return { perSecond: count / seconds, cpu: ((await cpu()) - before) / count };
}
