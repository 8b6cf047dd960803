import type { Selectable } from 'kysely';
import type { Session } from '../domain/session.ts';
import type { User } from '../domain/user.ts';
import type { SessionReading } from '../ports/store.ts';
import type { SessionsTable, UsersTable } from './schema.ts';

/** A row as the domain knows it. */
export function toUser(row: Selectable<UsersTable>): User {
  return {
    id: row.id,
    email: row.email,
    emailVerified: row.email_verified !== 0,
    name: row.name,
    passwordHash: row.password_hash,
    passwordVersion: row.password_version,
    roles: JSON.parse(row.roles) as string[],
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
    disabledReason: row.disabled_reason,
  };
}

/** A row as the domain knows it. */
export function toSession(row: Selectable<SessionsTable>): Session {
  return {
    id: row.id,
    userId: row.user_id,
    mode: row.mode,
    version: row.version,
    generation: row.generation,
    nonce: row.nonce,
    previousNonce: row.previous_nonce,
    promotedAt: row.promoted_at,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    idleExpiresAt: row.idle_expires_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    endReason: row.end_reason,
    device: { userAgent: row.user_agent, ip: row.ip },
    authenticatedAt: row.authenticated_at,
    methods: JSON.parse(row.methods) as string[],
  };
}

/** A user's columns beside those of a session; the user's id is the session's `user_id`. */
export const JOINED_COLUMNS = [
  'users.email as user_email',
  'users.email_verified as user_email_verified',
  'users.name as user_name',
  'users.password_hash as user_password_hash',
  'users.password_version as user_password_version',
  'users.roles as user_roles',
  'users.created_at as user_created_at',
  'users.disabled_at as user_disabled_at',
  'users.disabled_reason as user_disabled_reason',
] as const;

type UserPart = {
  readonly [Column in Exclude<keyof UsersTable, 'id'> as `user_${Column}`]: UsersTable[Column];
};

/** A session's row with its user's columns and the moment of the reading. */
export type JoinedRow = Selectable<SessionsTable> & UserPart & { readonly now: number };

/** Session and user out of one row. */
export function toReading(row: JoinedRow): SessionReading {
  const user = toUser({
    id: row.user_id,
    email: row.user_email,
    email_verified: row.user_email_verified,
    name: row.user_name,
    password_hash: row.user_password_hash,
    password_version: row.user_password_version,
    roles: row.user_roles,
    created_at: row.user_created_at,
    disabled_at: row.user_disabled_at,
    disabled_reason: row.user_disabled_reason,
  });
  return { now: row.now, session: toSession(row), user };
}
