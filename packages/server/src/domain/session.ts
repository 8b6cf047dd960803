import type { SessionMode } from '@latchstring/protocol';

/** Why a session is over before its time. */
export type EndReason =
  | 'logout'
  | 'logout_all'
  | 'ended_by_person'
  // A login took its place in the same browser.
  | 'replaced'
  | 'revoked'
  | 'password_changed'
  | 'user_disabled'
  | 'refresh_reuse'
  | 'ended_by_administrator';

/** A session as it is stored. Moments are milliseconds since the Unix epoch by the database's clock. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly mode: SessionMode;
  /** Raised by every change of its rights; the `ver` claim. */
  readonly version: number;
  /** How many times the refresh token has been replaced. */
  readonly generation: number;
  /** 16 bytes: which refresh token of this generation is the current one. */
  readonly nonce: Uint8Array;
  /** The nonce of the one before it; null in a session that was never refreshed. */
  readonly previousNonce: Uint8Array | null;
  /** When the current one took over. */
  readonly promotedAt: number | null;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly idleExpiresAt: number;
  readonly expiresAt: number;
  readonly endedAt: number | null;
  readonly endReason: EndReason | null;
  readonly device: DeviceFacts;
  /** When and how the person proved who they are (the claims `auth_time` and `amr`). */
  readonly authenticatedAt: number;
  readonly methods: readonly string[];
}

/** What is shown of a device to the session's own person. */
export interface DeviceFacts {
  /** The User-Agent header, cut to 256 characters. */
  readonly userAgent: string;
  readonly ip: string;
}

/** A session that is about to be opened; the database's clock sets its moments. */
export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly mode: SessionMode;
  readonly nonce: Uint8Array;
  readonly device: DeviceFacts;
  readonly methods: readonly string[];
}

/** Lifetimes of sessions, in milliseconds. */
export interface SessionLifetimes {
  /** A session that is not used for this long is over. */
  readonly idle: number;
  /** A session is over after this long, however much it is used. */
  readonly absolute: number;
}
