/** The kinds of the security log. */
export type SecurityEventKind =
  | 'user_created'
  | 'login'
  | 'login_failed'
  | 'logout'
  | 'logout_all'
  | 'session_ended'
  | 'password_changed'
  | 'password_change_failed'
  | 'roles_changed'
  | 'user_disabled'
  | 'user_enabled'
  | 'token_revoked'
  | 'refresh_reuse'
  | 'refresh_ahead'
  | 'session_recovered'
  | 'recovery_opened'
  | 'database_restored'
  | 'key_created'
  | 'key_rotated'
  | 'key_revoked';

/** A line of the security log, written in the same transaction as the act. Holds no token and no password. */
export interface SecurityEvent {
  readonly kind: SecurityEventKind;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly ip?: string;
  /** Small facts that are no secret, such as a key's id. */
  readonly detail?: Readonly<Record<string, string | number>>;
}

/** A stored line of the security log. */
export interface StoredSecurityEvent extends SecurityEvent {
  readonly id: string;
  readonly at: number;
}
