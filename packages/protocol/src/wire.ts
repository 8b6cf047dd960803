import type { SessionMode } from './claims.ts';

/** A moment: RFC 3339 in UTC. */
export type Timestamp = string;

/** A person, as they see themselves. */
export interface UserView {
  /** UUIDv7. */
  readonly id: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string | null;
  readonly roles: readonly string[];
}

/** A session, as its own person sees it. */
export interface SessionView {
  /** UUIDv7. */
  readonly id: string;
  readonly created_at: Timestamp;
  /** When it ends if it is not used. */
  readonly idle_expires_at: Timestamp;
  /** When it ends however much it is used. */
  readonly expires_at: Timestamp;
}

/** What a client must obey when it refreshes. Seconds. */
export interface RefreshPolicyView {
  /** Give up on a refresh request after this long. */
  readonly client_timeout: number;
  /** After `refresh_superseded`, wait this long before the one more try. */
  readonly superseded_window: number;
}

/** Body of `POST /auth/v1/register`. */
export interface RegisterRequest {
  readonly email: string;
  readonly password: string;
  readonly name?: string | undefined;
  /** `cookie` where it is left out. */
  readonly mode?: SessionMode | undefined;
}

/** Body of `POST /auth/v1/login`. */
export interface LoginRequest {
  readonly email: string;
  readonly password: string;
  /** `cookie` where it is left out. */
  readonly mode?: SessionMode | undefined;
}

/** Body of `POST /auth/v1/refresh`, `/logout` and `/logout-all`: empty in cookie mode. */
export interface RefreshRequest {
  readonly refresh_token?: string | undefined;
}

/** Body of `POST /auth/v1/password/change`. */
export interface PasswordChangeRequest {
  readonly current_password: string;
  readonly new_password: string;
}

/** The tokens of a bearer session. Never part of an answer in cookie mode. */
export interface BearerTokens {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  /** Left out of a refresh answer that has no new one. */
  readonly refresh_token?: string;
}

/** Answer of `register` and `login`. */
export interface LoginAnswer extends Partial<BearerTokens> {
  readonly user: UserView;
  readonly session: SessionView;
  readonly access_token_expires_at: Timestamp;
  /** Seconds. */
  readonly access_token_expires_in: number;
  readonly refresh: RefreshPolicyView;
}

/** Answer of `refresh`. */
export interface RefreshAnswer extends Partial<BearerTokens> {
  readonly session: SessionView;
  readonly access_token_expires_at: Timestamp;
  /** Seconds. */
  readonly access_token_expires_in: number;
  /** Whether the answer carries a new refresh token. */
  readonly rotated: boolean;
  readonly refresh: RefreshPolicyView;
}

/** Answer of `GET /auth/v1/session`. */
export interface SessionAnswer {
  readonly user: UserView;
  readonly session: SessionView;
  /** Seconds. */
  readonly access_token_expires_in: number;
  readonly refresh: RefreshPolicyView;
}

/** One of a person's sessions, in `GET /auth/v1/sessions`. */
export interface DeviceView {
  readonly id: string;
  /** Whether it is the one that asks. */
  readonly current: boolean;
  readonly created_at: Timestamp;
  readonly last_used_at: Timestamp;
  /** Such as "Firefox on Linux". */
  readonly device: string;
  readonly ip: string;
}

/** Answer of `GET /auth/v1/sessions`. */
export interface SessionsAnswer {
  readonly sessions: readonly DeviceView[];
}

/** A key set (RFC 7517 section 5). */
export interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}
