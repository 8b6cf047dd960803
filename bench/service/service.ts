import { freePort } from '@latchstring/testkit';
import { ROUTES } from '@latchstring/protocol';
import { startServerProcess, type ServerProcess } from '../lib/child.ts';
import { formatRequest, type Connection } from '../lib/connection.ts';
import type { ServiceProcessOptions } from './options.ts';

/** A session as its client has it. */
export interface ClientSession {
  refreshToken: string;
  accessToken: string;
}

/** The service, in a process of its own. */
export interface ServiceProcess extends Pick<ServerProcess, 'cpu' | 'stop'> {
  readonly port: number;
  readonly issuer: string;
  /** So many people who have just logged in, with no access token yet. */
  openSessions(count: number): Promise<ClientSession[]>;
  /** Moves its database's clock, in milliseconds. */
  advance(milliseconds: number): Promise<void>;
  /** When the last end of a session was committed, as `moment()` tells it. */
  committedAt(): Promise<number>;
  /** Passwords that argon2 alone checks in a second, measured for so many milliseconds. */
  hashesPerSecond(milliseconds: number): Promise<number>;
}

/** Starts the service on a database. */
export async function startService(
  databaseUrl: string,
  { refreshesOneByOne = false }: Partial<Pick<ServiceProcessOptions, 'refreshesOneByOne'>> = {},
): Promise<ServiceProcess> {
  const port = await freePort();
  const options: ServiceProcessOptions = { port, databaseUrl, refreshesOneByOne };
  const child = await startServerProcess(new URL('server.ts', import.meta.url), [JSON.stringify(options)]);
  return {
    cpu: () => child.cpu(),
    stop: () => child.stop(),
    port,
    issuer: `http://localhost:${port}`,
    async openSessions(count) {
      const tokens = (await child.ask('openSessions', count)) as string[];
      return tokens.map((refreshToken) => ({ refreshToken, accessToken: '' }));
    },
    async advance(milliseconds) {
      await child.ask('advance', milliseconds);
    },
    committedAt: async () => (await child.ask('committedAt')) as number,
    hashesPerSecond: async (milliseconds) => (await child.ask('hashesPerSecond', milliseconds)) as number,
  };
}

function refreshRequest({ refreshToken }: ClientSession): Buffer {
  return formatRequest(`POST ${ROUTES.refresh}`, ['user-agent: bench'], { refresh_token: refreshToken });
}

/** Refreshes a session over HTTP, and tells whether its refresh token was replaced. */
export async function refresh(connection: Pick<Connection, 'ask'>, session: ClientSession): Promise<boolean> {
  const { status, body } = await connection.ask(refreshRequest(session));
  if (status !== 200) throw new Error(`A refresh was answered with ${status}.`);
  const answer = JSON.parse(body) as { rotated: boolean; access_token: string; refresh_token?: string };
  session.accessToken = answer.access_token;
  session.refreshToken = answer.refresh_token ?? session.refreshToken;
  return answer.rotated;
}

/** Logs out over HTTP. */
export async function logout(
  connection: Pick<Connection, 'ask'>,
  { refreshToken }: ClientSession,
): Promise<void> {
  const request = formatRequest(`POST ${ROUTES.logout}`, ['user-agent: bench'], {
    refresh_token: refreshToken,
  });
  const { status } = await connection.ask(request);
  if (status !== 204) throw new Error(`A logout was answered with ${status}.`);
}
