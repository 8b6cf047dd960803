import type { SessionMode } from '@latchstring/protocol';
import type { Limiter } from '../ports/limiter.ts';
import type { Mac } from '../ports/macs.ts';
import type { Random } from '../ports/random.ts';
import type { SessionReading, Store } from '../ports/store.ts';
import { ServiceError } from './errors.ts';
import type { Issue, Issued } from './issuing.ts';
import { adopt, child, isOver, judge } from './refresh.ts';
import type { RefreshPolicy, RefreshTokenFacts, Verdict } from './refresh.ts';
import { NO_PARENT, parseRefreshToken } from './refresh-token.ts';
import type { DeviceFacts, EndReason, Session, SessionLifetimes } from './session.ts';
import type { User } from './user.ts';

/** What the sessions need. */
export interface SessionsDependencies {
  readonly store: Store;
  readonly issue: Issue;
  readonly refreshMac: Mac;
  readonly random: Random;
  readonly limiter: Limiter;
  /** Called when something happened that a person should look at. */
  readonly alarm: (kind: 'refresh_reuse' | 'refresh_ahead', sessionId: string) => void;
  readonly policy: RefreshPolicy;
  readonly lifetimes: SessionLifetimes;
}

/** What a refresh depends on beside its token. */
export interface RefreshRequestFacts {
  /** The channel that the token came by. */
  readonly mode: SessionMode;
  readonly ip: string;
  /** When the client has given up, so that it must not be started any more; by this process's monotonic clock. */
  readonly deadline: number;
}

/** Sessions: how they begin, go on and end. */
export interface Sessions {
  /** Opens a session for a user whose password of this version was verified; throws `credentials_invalid` if it is no longer so. */
  open(user: User, mode: SessionMode, device: DeviceFacts, methods: readonly string[]): Promise<Issued>;
  /** The facts of a refresh token whose HMAC is right; throws `refresh_invalid`. No access to the database. */
  parse(token: string): RefreshTokenFacts;
  /**
   * Refreshes: the whole table of docs/refresh-protocol.md. Throws `session_ended` (also for theft, which ends the
   * session), `refresh_superseded`, `refresh_invalid` for a token of the other mode, `rate_limited`.
   */
  refresh(token: RefreshTokenFacts, request: RefreshRequestFacts): Promise<Issued>;
  /** The living session with its user; undefined where it is over. */
  read(id: string): Promise<SessionReading | undefined>;
  /** A user's living sessions, the last used first, at most 100. */
  list(userId: string): Promise<Session[]>;
  /** Ends one session. Answers whether it was alive. */
  end(session: Pick<Session, 'id'> & { userId?: string }, reason: EndReason, ip: string): Promise<boolean>;
  /** Ends all sessions of a user. */
  endAll(userId: string, ip: string): Promise<number>;
}

/** A miss that by now would match is tried again; each time somebody else made progress. */
const TRIES = 4;

/** Wires the session protocol to a store. */
export function createSessions(dependencies: SessionsDependencies): Sessions {
  const { store, issue, refreshMac, random, limiter, policy, lifetimes } = dependencies;

  async function open(
    user: User,
    mode: SessionMode,
    device: DeviceFacts,
    methods: readonly string[],
  ): Promise<Issued> {
    const nonce = random.bytes(16);
    const session = { id: random.uuid(), userId: user.id, mode, nonce, device, methods };
    const event = { kind: 'login', userId: user.id, sessionId: session.id, ip: device.ip } as const;
    const reading = await store.openSession(session, user.passwordVersion, lifetimes, event);
    if (reading === undefined) {
      throw new ServiceError('credentials_invalid', 'The account has changed in the meantime. Log in again.');
    }
    return issue(reading, {
      sessionId: session.id,
      generation: 0,
      nonce,
      parentNonce: NO_PARENT,
      issuedAt: reading.now,
    });
  }

  function parse(token: string): RefreshTokenFacts {
    const facts = parseRefreshToken(token, refreshMac);
    if (facts === undefined)
      throw new ServiceError('refresh_invalid', 'The refresh token was not issued here.');
    return facts;
  }

  async function refresh(
    token: RefreshTokenFacts,
    { mode, ip, deadline }: RefreshRequestFacts,
  ): Promise<Issued> {
    await limiter.take('refresh_session', token.sessionId);
    for (let tries = 0; tries < TRIES; tries++) {
      const { minimumAge } = policy;
      const attempt = { token, mode, minimumAge, idleLifetime: lifetimes.idle, ip, deadline };
      const { matched, now, reading } = await store.refresh(attempt);
      // Whoever was disabled has no session, also where somebody did that past this service.
      const row = reading?.user.disabledAt === null ? reading.session : undefined;
      const verdict = judge(row, token, now, policy);
      // Attack 60: a session's tokens never leave the channel that it was opened in.
      if (reading !== undefined && reading.session.mode !== mode) {
        throw new ServiceError('refresh_invalid', 'This session does not refresh this way.');
      }
      if (verdict.kind === 'accept') {
        // Accepted but not matched: the row moved on between the statement and the reading.
        if (!matched || reading === undefined) continue;
        return issue(reading, verdict.mint ? child(token, random.bytes(16), now) : undefined);
      }
      if (await refuse(verdict, token, reading, ip)) continue;
    }
    throw new ServiceError('overloaded', 'The session is refreshed too often at once.', { retryAfter: 1 });
  }

  /** Throws the refusal; answers true where the row has changed so that the token is to be judged again. */
  async function refuse(
    verdict: Exclude<Verdict, { kind: 'accept' }>,
    token: RefreshTokenFacts,
    reading: SessionReading | undefined,
    ip: string,
  ): Promise<boolean> {
    if (verdict.kind === 'superseded') {
      throw new ServiceError(
        'refresh_superseded',
        'A newer refresh token of this session has been used already.',
      );
    }
    if (reading !== undefined) {
      if (verdict.kind === 'ahead' && (await recover(token, reading, ip))) return true;
      if (verdict.kind === 'theft' && !(await endStolen(token, reading, ip))) return true;
    }
    throw new ServiceError('session_ended', 'The session is over. Log in again.');
  }

  /** RFC 9700 section 4.14.2: reuse of a refresh token ends its session. Answers false where the row has changed. */
  async function endStolen(
    token: RefreshTokenFacts,
    { session }: SessionReading,
    ip: string,
  ): Promise<boolean> {
    const event = { kind: 'refresh_reuse', userId: session.userId, sessionId: session.id, ip } as const;
    const isStillTheft = (row: Session, now: number): boolean =>
      judge(row, token, now, policy).kind === 'theft';
    const ended = await store.endSession(session.id, 'refresh_reuse', event, isStillTheft);
    if (ended) dependencies.alarm('refresh_reuse', session.id);
    return ended;
  }

  /** A token that is ahead of its row is believed only while an administrator says so: the secret alone opens nothing. */
  async function recover(
    token: RefreshTokenFacts,
    { session, now }: SessionReading,
    ip: string,
  ): Promise<boolean> {
    dependencies.alarm('refresh_ahead', session.id);
    const facts = { userId: session.userId, sessionId: session.id, ip };
    const until = await store.recoveryUntil();
    if (until === undefined || until <= now) {
      await store.recordEvent({ kind: 'refresh_ahead', ...facts });
      return false;
    }
    await store.adoptParent(session.id, session, adopt(session, token), {
      kind: 'session_recovered',
      ...facts,
    });
    return true;
  }

  return {
    open,
    parse,
    refresh,
    async read(id) {
      const reading = await store.readSession(id);
      if (reading === undefined || isOver(reading.session, reading.now)) return undefined;
      return reading.user.disabledAt === null ? reading : undefined;
    },
    list: (userId) => store.listSessions(userId),
    end(session, reason, ip) {
      const kind = reason === 'logout' ? 'logout' : 'session_ended';
      const user = session.userId === undefined ? {} : { userId: session.userId };
      return store.endSession(session.id, reason, { kind, sessionId: session.id, ip, ...user });
    },
    endAll: (userId, ip) => store.endSessionsOf(userId, 'logout_all', { kind: 'logout_all', userId, ip }),
  };
}
