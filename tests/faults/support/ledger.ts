import { ROUTES } from '../../../packages/protocol/src/index.ts';
import { MODES, logIn, signUp } from '../../../packages/server/tests/refresh/world.ts';
import type { Holder, Refreshed } from '../../../packages/server/tests/refresh/world.ts';
import type { Answer } from '../../../packages/server/tests/support/agent.ts';
import { pick } from './random.ts';
import type { Dice } from './random.ts';

/** What a client was told of a session. Only what was acknowledged is a fact. */
interface Entry {
  readonly holder: Holder;
  /** The newest tokens that were acknowledged. */
  refreshToken: string;
  accessToken: string;
  /** `unsure`: its end was asked for, and no answer came. */
  fate: 'alive' | 'ended' | 'unsure';
}

/** What is counted; `away`: answers that the database does not answer. */
type Count = 'refreshes' | 'rotations' | 'logouts' | 'logins' | 'away';

/** What one client knows, does and checks. It has one request under way at a time. */
export interface Ledger {
  readonly entries: readonly Entry[];
  /** What contradicts a fact. Must stay empty. */
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<Count, number>>;
  /** The longest that an answer took, in milliseconds. */
  readonly slowest: number;
  register(url: string, mode: Holder['mode']): Promise<void>;
  login(url: string, like: Entry): Promise<void>;
  refresh(url: string, entry: Entry): Promise<void>;
  session(url: string, entry: Entry): Promise<void>;
  logout(url: string, entry: Entry): Promise<void>;
  /** Holds every fact about a session against the server. Waits while the database is away. */
  check(url: string, entry: Entry): Promise<void>;
}

/** Begins an empty ledger. */
export function createLedger(): Ledger {
  const entries: Entry[] = [];
  const violations: string[] = [];
  const counts = { refreshes: 0, rotations: 0, logouts: 0, logins: 0, away: 0 };
  let slowest = 0;
  const timed = async <Result>(work: Promise<Result>): Promise<Result> => {
    const start = performance.now();
    const result = await work;
    slowest = Math.max(slowest, performance.now() - start);
    return result;
  };
  const expect = (what: string, entry: Entry, answer: Answer, right: boolean): void => {
    const isAway = answer.code === 'database_unavailable' && answer.headers.has('retry-after');
    if (isAway) counts.away++;
    if (right || isAway || answer.code === 'overloaded') return;
    violations.push(
      `${what} of ${entry.fate} ${entry.holder.sessionId}: ${answer.status} ${answer.code ?? ''}`,
    );
  };
  const add = async (work: Promise<Holder>): Promise<void> => {
    const holder = await work.catch((error: unknown) => {
      // Counted like any other answer: a client with too few sessions asks for nothing but logins.
      if (isRefused(error, ['database_unavailable'])) counts.away++;
      throw error;
    });
    const { refreshToken, accessToken } = holder;
    entries.push({ holder, refreshToken, accessToken, fate: 'alive' });
    counts.logins++;
  };
  const keep = (entry: Entry, { refreshToken, accessToken, rotated }: Refreshed): void => {
    entry.refreshToken = refreshToken ?? entry.refreshToken;
    entry.accessToken = accessToken ?? entry.accessToken;
    counts.refreshes++;
    if (rotated === true) counts.rotations++;
  };

  async function refresh(url: string, entry: Entry): Promise<void> {
    const refreshed = await timed(entry.holder.refresh(entry.refreshToken, url));
    expect('refresh', entry, refreshed.answer, refreshed.status === 200);
    if (refreshed.status === 200) keep(entry, refreshed);
  }

  async function session(url: string, entry: Entry): Promise<void> {
    const answer = await timed(entry.holder.session(entry.accessToken, url));
    expect('session', entry, answer, answer.status === 200 || answer.code === 'token_expired');
  }

  async function isOver(url: string, entry: Entry): Promise<boolean> {
    const { status, answer, code, ...tokens } = await answered(
      () => entry.holder.refresh(entry.refreshToken, url),
      ({ code: refused }) => refused,
    );
    if (status === 200) keep(entry, { status, answer, code, ...tokens });
    else expect('refresh', entry, answer, code === 'session_ended');
    return code === 'session_ended';
  }

  return {
    entries,
    violations,
    counts,
    get slowest() {
      return slowest;
    },
    refresh,
    session,
    register: (url, mode) => add(signUp(url, mode)),
    login: (url, { holder }) => add(logIn(url, holder)),
    async logout(url, entry) {
      entry.fate = 'unsure';
      const answer = await timed(entry.holder.post(ROUTES.logout, entry.refreshToken, url));
      expect('logout', entry, answer, answer.status === 204);
      if (answer.status !== 204) return;
      entry.fate = 'ended';
      counts.logouts++;
    },
    async check(url, entry) {
      const over = await isOver(url, entry);
      if (entry.fate === 'unsure') entry.fate = over ? 'ended' : 'alive';
      if (over !== (entry.fate === 'ended')) {
        violations.push(`${entry.fate} ${entry.holder.sessionId} is ${over ? 'over' : 'alive'}`);
      }
      const answer = await answered(
        () => entry.holder.session(entry.accessToken, url),
        ({ code }) => code,
      );
      const isRight = over ? answer.code === 'token_revoked' : answer.status === 200;
      expect('session', entry, answer, isRight || answer.code === 'token_expired');
    },
  };
}

/** The first answer that is not "the database is away". Each of those takes its time, so that this needs no pause. */
async function answered<Result>(
  ask: () => Promise<Result>,
  codeOf: (result: Result) => string | undefined,
): Promise<Result> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const result = await ask();
    if (codeOf(result) !== 'database_unavailable' || performance.now() > deadline) return result;
  }
}

/** Does what people do, until `isOver`. Throws what surprises it before: a connection that breaks, a refusal. */
export async function use(
  ledger: Ledger,
  url: () => string,
  dice: Dice,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const alive = ledger.entries.filter(({ fate }) => fate === 'alive');
    const choice = dice();
    try {
      if (alive.length < 3 || choice < 0.03) await ledger.login(url(), pick(ledger.entries, dice));
      else if (choice < 0.06) await ledger.logout(url(), pick(alive, dice));
      else if (choice < 0.25) await ledger.session(url(), pick(alive, dice));
      else await ledger.refresh(url(), pick(alive, dice));
    } catch (error) {
      // The connection broke with the server; or the database is away, and a login waits for the next time.
      if (!isOver() && !isAway(error)) throw error;
    }
  }
}

function isRefused(error: unknown, codes: readonly string[]): boolean {
  return codes.some((code) => String(error).includes(`refused: ${code}`));
}

const isAway = (error: unknown): boolean =>
  isRefused(error, ['database_unavailable', 'overloaded', 'rate_limited']);

/** Does something again until the database is there: on a busy machine a statement may take longer than it is given. */
async function persist(work: () => Promise<void>): Promise<void> {
  for (const deadline = performance.now() + 30_000; ;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isAway(error) || performance.now() > deadline) throw error;
    }
  }
}

/** A person with a few sessions, one of which has ended. */
export async function begin(ledger: Ledger, url: string, dice: Dice): Promise<void> {
  await persist(() => ledger.register(url, pick(MODES, dice)));
  for (let more = 0; more < 3; more++) await persist(() => ledger.login(url, pick(ledger.entries, dice)));
  await ledger.logout(url, pick(ledger.entries, dice));
}

/** Holds every session that was touched lately against the server, and a share of the others. */
export async function checkAll(
  ledgers: readonly Ledger[],
  url: () => string,
  dice: Dice,
  share: number,
): Promise<void> {
  await Promise.all(
    ledgers.map(async (ledger) => {
      const recent = ledger.entries.slice(-12);
      for (const entry of ledger.entries) {
        if (recent.includes(entry) || entry.fate === 'unsure' || dice() < share)
          await ledger.check(url(), entry);
      }
    }),
  );
}

/** A count of all ledgers together. */
export function total(ledgers: readonly Ledger[], name: Count): number {
  return ledgers.reduce((sum, { counts }) => sum + counts[name], 0);
}
