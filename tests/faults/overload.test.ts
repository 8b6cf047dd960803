import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../packages/protocol/src/index.ts';
import { logIn, signUp } from '../../packages/server/tests/refresh/world.ts';
import type { Holder } from '../../packages/server/tests/refresh/world.ts';
import { DIALECTS, emptyDatabase, holdSessions } from '../../packages/server/tests/store/databases.ts';
import type { TestDatabase } from '../../packages/server/tests/store/databases.ts';
import { Agent } from '../../packages/server/tests/support/agent.ts';
import type { Answer } from '../../packages/server/tests/support/agent.ts';
import { APP_ORIGIN, PASSWORD } from '../../packages/server/tests/support/service.ts';
import { PATIENCE } from './support/scale.ts';
import { serverEnvironment, startServer } from './support/server-process.ts';
import type { ServerProcess } from './support/server-process.ts';

/** More logins than are hashed at once and may wait. */
const STORM = 300;
/** More requests than any queue for the database should hold. */
const FLOOD = 2000;
/** The most requests of which only the head is sent. */
const HEADS = 400;

/** Requests under way, and what has been answered so far. */
interface Crowd {
  readonly answered: readonly Answer[];
  readonly all: Promise<unknown>;
  /** Waits until something can be said of the answers so far, or all are there. */
  until(holds: (answered: readonly Answer[]) => boolean): Promise<void>;
}

function crowd(size: number, ask: (index: number) => Promise<Answer>): Crowd {
  const answered: Answer[] = [];
  const all = Promise.all(
    Array.from({ length: size }, async (_, index) => void answered.push(await ask(index))),
  );
  return {
    answered,
    all,
    async until(holds) {
      while (!holds(answered) && answered.length < size) await setTimeout(5);
    },
  };
}

interface Head {
  /** What has been answered so far. */
  readonly received: () => string;
  readonly leave: () => void;
}

/** Sends a login without its body, and nothing more. */
function sendHead(url: string): Head {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('latin1');
  let text = '';
  socket.on('data', (more: string) => (text += more)).on('error', () => undefined);
  const headers = [
    'Host: localhost',
    `Origin: ${APP_ORIGIN}`,
    'Content-Type: application/json',
    'Content-Length: 1000',
  ];
  socket.write([`POST ${ROUTES.login} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
  return { received: () => text, leave: () => socket.destroy() };
}

const codes = (answers: readonly Answer[]): Set<string> =>
  new Set(answers.map(({ status, code }) => code ?? String(status)));
const isOverloaded = ({ status, code, headers }: Answer): boolean =>
  status === 503 && code === 'overloaded' && Number(headers.get('retry-after')) > 0;

describe.each(DIALECTS)('on %s', (dialect) => {
  let database: TestDatabase;
  let server: ServerProcess;
  let sessions: Holder[];

  beforeAll(async () => {
    database = await emptyDatabase(dialect);
    // Long enough that nothing that is refused at once is refused because it took too long.
    const times = { LATCHSTRING_REFRESH_DEADLINE: '20', LATCHSTRING_REFRESH_MINIMUM_AGE: '120' };
    server = await startServer({ ...serverEnvironment(database.url), ...times });
    const person = await signUp(server.url, 'bearer');
    sessions = [person];
    for (let more = 0; more < 9; more++) sessions.push(await logIn(server.url, person));
  }, PATIENCE);

  afterAll(async () => {
    expect(await server.kill(), 'a defect of the server').not.toContain('internal_error');
    await database.drop();
  });

  const guess = (): Promise<Answer> =>
    new Agent(server.url).post(ROUTES.login, { email: 'nobody@example.com', password: PASSWORD });
  const refresh = async (index: number): Promise<Answer> => {
    const session = sessions[index % sessions.length]!;
    return (await session.refresh(session.refreshToken)).answer;
  };
  const check = (index: number): Promise<Answer> => {
    const session = sessions[index % sessions.length]!;
    return session.session(session.accessToken);
  };

  test(
    'attack 88: of a storm of logins, what is too much is refused at once; refreshes and checks overtake the rest',
    async () => {
      const storm = crowd(STORM, guess);
      await storm.until((answered) => answered.some(isOverloaded));
      const others = await Promise.all(
        [crowd(20, refresh), crowd(20, check)].map(async (one) => {
          await one.all;
          return one.answered;
        }),
      );
      const served = storm.answered.filter(({ code }) => code === 'credentials_invalid').length;
      expect(codes(others.flat())).toEqual(new Set(['200']));
      await storm.all;
      expect(codes(storm.answered)).toEqual(new Set(['credentials_invalid', 'overloaded']));
      expect(storm.answered.filter(({ code }) => code === 'overloaded').every(isOverloaded)).toBe(true);
      // Most of the storm was still waiting for its hashes.
      const inTheEnd = storm.answered.filter(({ code }) => code === 'credentials_invalid').length;
      expect(served).toBeLessThan(inTheEnd / 2);
    },
    PATIENCE,
  );

  test(
    'attack 88: a login too many is refused before its body is read',
    async () => {
      const heads: Head[] = [];
      const isRefused = (): boolean => heads.some(({ received }) => received().startsWith('HTTP/1.1 503 '));
      // The storm goes on, so that it is too much all the time; bodies never come.
      let isOver = false;
      const storm = crowd(STORM, async () => {
        let answer = await guess();
        while (!isOver) answer = await guess();
        return answer;
      });
      while (!isRefused() && heads.length < HEADS) {
        heads.push(sendHead(server.url));
        await setTimeout(5);
      }
      isOver = true;
      await storm.all;
      const refused = heads.map(({ received }) => received()).filter((text) => text !== '');
      heads.forEach(({ leave }) => leave());
      expect(refused.length).toBeGreaterThan(0);
      for (const text of refused) expect(text).toMatch(/^HTTP\/1\.1 503 [^]*"overloaded"/);
    },
    PATIENCE,
  );

  const floods = [
    ['refreshes', refresh],
    ...(dialect === 'SQLite' ? [] : [['checks', check] as const]),
  ] as const;
  test.each(floods)(
    'attack 88: of a flood of %s while the database stands still, what is too much is refused at once',
    async (_name, ask) => {
      const release = await holdSessions(database.url);
      const flood = crowd(FLOOD, ask);
      await flood.until((answered) => answered.length > 0);
      const first = flood.answered.slice(0, 1);
      await release();
      await flood.all;
      // Nobody had to wait for a time-out to be told so, and what was not too much was served.
      expect(codes(first)).toEqual(new Set(['overloaded']));
      expect(first.every(isOverloaded)).toBe(true);
      expect(codes(flood.answered)).toEqual(new Set(['200', 'overloaded']));
      expect((await ask(0)).status).toBe(200);
    },
    PATIENCE,
  );
});
