import type { EndReason } from '../domain/session.ts';
import type { KeyState, SigningAlgorithm } from '../domain/signing-key.ts';
import type { SecurityEventKind } from '../domain/event.ts';
import type { RevocationEntry } from '../domain/revocation.ts';
import type { SessionMode } from '@latchstring/protocol';

// Moments are milliseconds since the Unix epoch by the database's clock; lists and objects are JSON text.

/** Facts about the database itself. */
export interface MetaTable {
  key: 'longest_access_token_lifetime' | 'recovery_until';
  value: string;
}

export interface UsersTable {
  id: string;
  email: string;
  /** 0 or 1: SQLite has no booleans. */
  email_verified: number;
  name: string | null;
  password_hash: string;
  password_version: number;
  roles: string;
  created_at: number;
  disabled_at: number | null;
  disabled_reason: string | null;
}

export interface SessionsTable {
  id: string;
  user_id: string;
  mode: SessionMode;
  version: number;
  generation: number;
  nonce: Uint8Array;
  previous_nonce: Uint8Array | null;
  promoted_at: number | null;
  created_at: number;
  last_used_at: number;
  idle_expires_at: number;
  expires_at: number;
  ended_at: number | null;
  end_reason: EndReason | null;
  user_agent: string;
  ip: string;
  authenticated_at: number;
  methods: string;
}

export interface SigningKeysTable {
  kid: string;
  algorithm: SigningAlgorithm;
  state: KeyState;
  public_jwk: string;
  /** Empty in a revoked key. */
  encrypted_private_key: Uint8Array;
  created_at: number;
  activated_at: number | null;
  retired_at: number | null;
  unpublished_at: number | null;
}

/** One row: the end of the log. */
export interface RevocationCounterTable {
  id: number;
  epoch: string;
  seq: number;
}

export interface RevocationsTable {
  epoch: string;
  seq: number;
  /** The entry's place among those of its transaction. */
  position: number;
  kind: RevocationEntry['kind'];
  /** A session's id, a token's `jti` or a key's `kid`. */
  subject: string;
  below: number | null;
  created_at: number;
  /** Null where the entry stays for ever. */
  expires_at: number | null;
}

export interface EventsTable {
  id: string;
  at: number;
  kind: SecurityEventKind;
  user_id: string | null;
  session_id: string | null;
  ip: string | null;
  detail: string | null;
}

/** The tables, as Kysely knows them; the newest migration makes them so. */
export interface Schema {
  meta: MetaTable;
  users: UsersTable;
  sessions: SessionsTable;
  signing_keys: SigningKeysTable;
  revocation_counter: RevocationCounterTable;
  revocations: RevocationsTable;
  events: EventsTable;
}
