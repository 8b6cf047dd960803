import { startServerProcess, type ServerProcess } from '../lib/child.ts';
import { openConnection, shareOut } from '../lib/connection.ts';
import { logout, refresh, startService } from '../service/service.ts';
import type { Counts } from './backends.ts';
import { moment } from '../lib/moment.ts';

/** How much is done. */
export interface PromptnessSize {
  readonly processes: number;
  readonly verifiersEach: number;
  readonly revocations: number;
}

/** How soon ended sessions were refused. Milliseconds, one for each verifier and session. */
export interface Promptness {
  /** From the moment at which the server knew that its commit was done. */
  readonly sinceCommit: readonly number[];
  /** From right before the logout was sent. */
  readonly sinceAsked: readonly number[];
  readonly counts: Counts;
  readonly seconds: number;
}

/** So many people stay logged in. */
const LIVE = 50;

/** Ends sessions, one after the other, and waits each time until every verifier of every process refuses its token. */
export async function measurePromptness(databaseUrl: string, size: PromptnessSize): Promise<Promptness> {
  const service = await startService(databaseUrl);
  const connection = openConnection(service.port);
  const sessions = await service.openSessions(LIVE + size.revocations);
  // Also the first access tokens.
  await shareOut([connection], sessions, async (_, session) => {
    await refresh(connection, session);
  });
  const backends = await startBackends(service.issuer, size);
  const everyone = (command: string, argument?: unknown): Promise<unknown[]> =>
    Promise.all(backends.map((backend) => backend.ask(command, argument)));
  const live = sessions.splice(0, LIVE).map(({ accessToken }) => accessToken);
  await everyone('begin', live);
  const [sinceCommit, sinceAsked]: [number[], number[]] = [[], []];
  const start = performance.now();
  for (const session of sessions) {
    await everyone('watch', session.accessToken);
    const asked = moment();
    await logout(connection, session);
    const refusals = ((await everyone('refusals')) as number[][]).flat();
    const committed = await service.committedAt();
    sinceCommit.push(...refusals.map((refused) => refused - committed));
    sinceAsked.push(...refusals.map((refused) => refused - asked));
  }
  const seconds = (performance.now() - start) / 1000;
  const counts = ((await everyone('counts')) as Counts[]).reduce(add);
  connection.close();
  for (const process of [...backends, service]) await process.stop();
  return { sinceCommit, sinceAsked, counts, seconds };
}

function startBackends(
  issuer: string,
  { processes, verifiersEach }: PromptnessSize,
): Promise<ServerProcess[]> {
  const module = new URL('backends.ts', import.meta.url);
  return Promise.all(
    Array.from({ length: processes }, () => startServerProcess(module, [issuer, String(verifiersEach)])),
  );
}

function add(one: Counts, other: Counts): Counts {
  return {
    requests: one.requests + other.requests,
    calls: one.calls + other.calls,
    late: one.late + other.late,
    reconnects: one.reconnects + other.reconnects,
  };
}
