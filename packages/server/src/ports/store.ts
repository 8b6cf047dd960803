import type { SessionMode } from '@latchstring/protocol';
import type { SecurityEvent, StoredSecurityEvent } from '../domain/event.ts';
import type { RefreshTokenFacts } from '../domain/refresh.ts';
import type { RevocationEntry, RevocationReading } from '../domain/revocation.ts';
import type { EndReason, NewSession, Session, SessionLifetimes } from '../domain/session.ts';
import type { KeyState, NewKey, StoredKey } from '../domain/signing-key.ts';
import type { NewUser, User } from '../domain/user.ts';
import type { AttemptCounter } from './limiter.ts';

/** A session with its user, read or written at the moment `now` (milliseconds, the database's clock). */
export interface SessionReading {
  readonly now: number;
  readonly session: Session;
  readonly user: User;
}

/** A refresh that is asked for. Times are milliseconds. */
export interface RefreshAttempt {
  readonly token: RefreshTokenFacts;
  /** The channel that the token came by: a session of the other mode is not found. */
  readonly mode: SessionMode;
  /** M of the refresh protocol: a child at least this old becomes the current token. */
  readonly minimumAge: number;
  /** How far an accepted refresh moves the idle end. */
  readonly idleLifetime: number;
  readonly ip: string;
  /**
   * The moment by this process's monotonic clock (`performance.now()`) after which it must not be started any more:
   * it then rejects with StoreUnavailableError. What was started may take the store's statement time-out longer.
   */
  readonly deadline: number;
}

/** The row after the attempt. */
export interface RefreshOutcome {
  readonly now: number;
  /** Whether the UPDATE found the row, so that the token is the current one, or a child of it. */
  readonly matched: boolean;
  /** Undefined where there is no such session. */
  readonly reading: SessionReading | undefined;
}

/** Where accounts, sessions, keys, events and revocations are kept. Every method that writes is one transaction. */
export interface Store {
  /** The database's clock, milliseconds since the Unix epoch. Rejects when the database does not answer. */
  now(): Promise<number>;
  close(): Promise<void>;

  /** Counts attempts for all processes that use the database. */
  readonly attempts: AttemptCounter;

  /** Answers undefined where the email is taken. */
  insertUser(user: NewUser, event: SecurityEvent): Promise<User | undefined>;
  userById(id: string): Promise<User | undefined>;
  userByEmail(email: string): Promise<User | undefined>;
  listUsers(): Promise<User[]>;
  /** Sets the roles, raises the version of every living session and revokes what they were signed with before. */
  setRoles(userId: string, roles: readonly string[], event: SecurityEvent): Promise<User | undefined>;
  /** Disables the account and ends all of its sessions. */
  disableUser(userId: string, reason: string, event: SecurityEvent): Promise<User | undefined>;
  enableUser(userId: string, event: SecurityEvent): Promise<User | undefined>;
  /**
   * Replaces the password if its version is still the expected one and the user is active; ends every session but
   * `keepSessionId`, and raises that one's version. Answers the kept session as it is after that (undefined if it
   * is over by then), or `stale` where the account has changed.
   */
  changePassword(change: PasswordChange, event: SecurityEvent): Promise<SessionReading | undefined | 'stale'>;

  /**
   * Opens a session if the user is active and has the very password version that was verified. Locks the user's row.
   * Answers undefined otherwise.
   */
  openSession(
    session: NewSession,
    passwordVersion: number,
    lifetimes: SessionLifetimes,
    event: SecurityEvent,
  ): Promise<SessionReading | undefined>;
  /** Judges and promotes in one statement; refreshes that arrive during a commit are grouped into the next. */
  refresh(attempt: RefreshAttempt): Promise<RefreshOutcome>;
  /** The session with its user; never from a replica. */
  readSession(id: string): Promise<SessionReading | undefined>;
  /** The sessions of a user that are not over, the last used first, at most 100. */
  listSessions(userId: string): Promise<Session[]>;
  /**
   * Ends a session and appends its revocation, once. With `condition`, the row is locked and read first, and nothing
   * happens if that says no. Answers whether it ended it.
   */
  endSession(
    id: string,
    reason: EndReason,
    event: SecurityEvent,
    condition?: (session: Session, now: number) => boolean,
  ): Promise<boolean>;
  /** Ends every session of a user. Answers how many. */
  endSessionsOf(userId: string, reason: EndReason, event: SecurityEvent): Promise<number>;

  /** Until when tokens that are ahead of their row are believed; undefined while they are not. */
  recoveryUntil(): Promise<number | undefined>;
  openRecovery(duration: number, event: SecurityEvent): Promise<number>;
  /**
   * Declares that the database was put back to an older state: the log goes on in a new epoch, no session's version is
   * one that a token had before, and recovery is open for `duration` milliseconds. Answers until when, and how many
   * sessions there are. Many transactions, the last of which declares it: to be run again if it was cut off.
   */
  declareRestored(duration: number): Promise<{ readonly until: number; readonly sessions: number }>;
  /**
   * Moves a session to `next` if it is still at `seen` and recovery is open. Answers whether it did.
   */
  adoptParent(
    sessionId: string,
    seen: Pick<Session, 'generation' | 'nonce'>,
    next: Pick<Session, 'generation' | 'nonce'>,
    event: SecurityEvent,
  ): Promise<boolean>;

  /** Every key that is not gone, revoked ones included, and the moment of the reading. */
  readKeys(): Promise<{ now: number; keys: StoredKey[] }>;
  /**
   * Stores a key in a state (`next` or `current`) unless there is one in that state already. Answers whether it did:
   * of several servers at once, one does.
   */
  insertKey(key: NewKey, state: 'next' | 'current', event: SecurityEvent): Promise<boolean>;
  /**
   * Makes the next key the current one and retires that, if these are still the two; `from` is undefined where the
   * current one was revoked. `publishFor` is how long the retired key stays published, in milliseconds. Answers
   * whether it did.
   */
  rotateKeys(
    change: { readonly from: string | undefined; readonly to: string; readonly publishFor: number },
    event: SecurityEvent,
  ): Promise<boolean>;
  /** Removes a next key that has not signed yet. */
  discardNextKey(kid: string): Promise<boolean>;
  /** Revokes a key at once and appends its revocation. Answers the state that it had; undefined if there is none. */
  revokeKey(kid: string, event: SecurityEvent): Promise<KeyState | undefined>;
  /** Replaces a key's encryption, for a change of the secret. */
  reencryptKey(kid: string, encryptedPrivateKey: Uint8Array): Promise<void>;

  /** The log after a number, at most `limit` transactions of it, and its position, of one moment. */
  readRevocations(after: number, limit: number): Promise<RevocationReading>;
  /** All that the log holds and that still matters, and its position, of one moment. */
  revocationSnapshot(): Promise<RevocationReading>;
  /**
   * Calls back when the log may have grown, by this process or, where the database can tell, by another. A hint and no
   * promise: whoever needs to know reads the log on a schedule as well. The returned function ends it.
   */
  watchRevocations(listener: () => void): () => void;
  /** Whether an access token was revoked by itself. */
  isTokenRevoked(jti: string): Promise<boolean>;
  /** Appends entries that no other change of this store causes. */
  appendRevocations(entries: readonly RevocationEntry[], event?: SecurityEvent): Promise<void>;

  recordEvent(event: SecurityEvent): Promise<void>;
  /** The newest lines of the security log first. */
  listEvents(limit: number): Promise<StoredSecurityEvent[]>;
  /** Deletes what nobody needs any more, in batches. Answers how many rows went. */
  prune(): Promise<number>;
}

/** A change of password that was allowed. */
export interface PasswordChange {
  readonly userId: string;
  readonly expectedPasswordVersion: number;
  readonly passwordHash: string;
  readonly keepSessionId: string;
}

/** Thrown by a store whose database does not answer, or not in time. Nothing was acknowledged. */
export class StoreUnavailableError extends Error {
  override readonly name: string = 'StoreUnavailableError';
}

/** Thrown by a store that has more to do than it can finish in time. Nothing was begun. */
export class StoreOverloadedError extends StoreUnavailableError {
  override readonly name = 'StoreOverloadedError';
}
