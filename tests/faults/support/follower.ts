import { setTimeout } from 'node:timers/promises';
import { ROUTES } from '../../../packages/protocol/src/index.ts';
import type { LatchstringOptions } from '../../../packages/server/src/config/options.ts';
import { Agent } from '../../../packages/server/tests/support/agent.ts';
import { startService, testOptions } from '../../../packages/server/tests/support/service.ts';
import type { DatabaseUnderTest, ServiceUnderTest } from '../../../packages/server/tests/support/service.ts';
import { VerificationError, createVerifier, remoteKeys } from '../../../packages/verifier/src/index.ts';
import type { StalePolicy, Verifier } from '../../../packages/verifier/src/index.ts';
import { startEventWire } from './event-wire.ts';
import type { EventWire } from './event-wire.ts';
import { MovedClock } from './moved-clock.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** The longest token there may be, so that one outlives a clock that is set by an hour. Seconds. */
const LIFETIME = 3600;

/** A person with an access token. */
export interface Person {
  readonly token: string;
  readonly sessionId: string;
}

/** A real server, a real verifier that follows it, and a wire between them that can do anything. */
export interface Scene {
  readonly server: ServiceUnderTest;
  readonly verifier: Verifier;
  readonly clock: MovedClock;
  /** Nearer to the server. */
  readonly events: EventWire;
  /** Nearer to the verifier. */
  readonly network: TcpProxy;
  /** One more server, on the same database. Stopped with the scene. */
  another(): Promise<ServiceUnderTest>;
  person(): Promise<Person>;
  /** Logs out, at the first server or another. */
  end(person: Person, url?: string): Promise<void>;
  /** `accept`, or the code of the refusal, on a route with a policy. */
  judge(person: Person, onStale?: StalePolicy): Promise<string>;
  /** The status and headers of a refusal. */
  refusal(person: Person): Promise<VerificationError>;
  /** Moves the time of both, in seconds. Where the clock stands still, the server's does too. */
  advance(seconds: number): void;
  /** Moves the server's clock alone. */
  skewServer(seconds: number): void;
  /** Waits until something holds, while time passes as it does. */
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts all of it. Nothing is followed before the first token is judged. */
export async function createScene(
  database: Pick<DatabaseUnderTest, 'url'>,
  overrides: Partial<LatchstringOptions> = {},
): Promise<Scene> {
  const clock = new MovedClock();
  let ahead = 0;
  const { secret } = testOptions();
  const options = {
    secret,
    accessTokenLifetime: LIFETIME,
    clockOffset: () => Math.round(ahead - clock.lost * 1000),
    ...overrides,
  };
  const start = (): Promise<ServiceUnderTest> => startService(database, options);
  const server = await start();
  const others: ServiceUnderTest[] = [];
  const events = await startEventWire(server.url);
  const network = await startTcpProxy(events.port);
  const origin = `http://localhost:${network.port}`;
  const { issuer, audience } = server.service.settings;
  const verifier = createVerifier({
    ...{ issuer, audience, now: clock.now, clockTolerance: 60 },
    keys: remoteKeys({ url: origin + ROUTES.jwks }),
    revocations: { url: origin + ROUTES.revocations, clock, random: () => 0.2, onFailure: () => undefined },
  });
  let people = 0;
  const refusalOf = async (work: () => unknown): Promise<VerificationError | undefined> => {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (error instanceof VerificationError) return error;
      throw error;
    }
  };
  const verify = (token: string, onStale: StalePolicy) => () => verifier.verifyToken(token, { onStale });
  const scene: Scene = {
    ...{ server, verifier, clock, events, network },
    async person() {
      const email = `reader-${++people}@example.com`;
      const { access_token: token, session } = await new Agent(server.url).registerBearer(email);
      return { token, sessionId: session.id };
    },
    async another() {
      const next = await start();
      others.push(next);
      return next;
    },
    async end({ token }, url = server.url) {
      const answer = await new Agent(url).bearer(ROUTES.logout, token, { method: 'POST' });
      if (answer.status !== 204) throw new Error(`no logout: ${answer.code ?? ''}`);
    },
    judge: async ({ token }, onStale = 'closed') =>
      (await refusalOf(verify(token, onStale)))?.code ?? 'accept',
    async refusal({ token }) {
      const error = await refusalOf(verify(token, 'closed'));
      if (error === undefined) throw new Error('It was accepted.');
      return error;
    },
    advance(seconds) {
      ahead += seconds * 1000;
      clock.advance(seconds);
    },
    skewServer: (seconds) => void (ahead += seconds * 1000),
    async until(holds) {
      const deadline = performance.now() + 60_000;
      while (!(await holds())) {
        if (performance.now() > deadline) throw new Error('It did not come to that.');
        await setTimeout(20);
      }
    },
    async stop() {
      await verifier.close();
      clock.stop();
      await network.close();
      await events.close();
      for (const one of [server, ...others]) await one.stop();
    },
  };
  return scene;
}
