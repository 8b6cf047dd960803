import type {
  BearerTokens,
  LoginAnswer,
  RefreshAnswer,
  RefreshPolicyView,
  SessionView,
  UserView,
} from '@latchstring/protocol';
import type { Settings } from '../config/settings.ts';
import type { Issued } from '../domain/issuing.ts';
import type { Session } from '../domain/session.ts';
import type { User } from '../domain/user.ts';

/** A moment in RFC 3339. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** A user as they see themselves. */
export function userView(user: User): UserView {
  return {
    id: user.id,
    email: user.email,
    email_verified: user.emailVerified,
    name: user.name,
    roles: [...user.roles],
  };
}

/** A session as its person sees it. */
export function sessionView(session: Session): SessionView {
  return {
    id: session.id,
    created_at: timestamp(session.createdAt),
    idle_expires_at: timestamp(session.idleExpiresAt),
    expires_at: timestamp(session.expiresAt),
  };
}

/** What clients must obey when they refresh. */
export function refreshPolicyView({ times }: Settings): RefreshPolicyView {
  return {
    client_timeout: times.refreshClientTimeout / 1000,
    superseded_window: times.refreshSupersededWindow / 1000,
  };
}

/** The answer to a login. */
export function loginView(issued: Issued, settings: Settings): LoginAnswer {
  return { user: userView(issued.user), ...issuedView(issued, settings) };
}

/** The answer to a refresh. Tokens are in it in bearer mode only (B1). */
export function refreshView(issued: Issued, settings: Settings): RefreshAnswer {
  return { rotated: issued.refreshToken !== undefined, ...issuedView(issued, settings) };
}

function issuedView(issued: Issued, settings: Settings): Omit<RefreshAnswer, 'rotated'> {
  return {
    session: sessionView(issued.session),
    access_token_expires_at: timestamp(issued.access.expiresAt),
    access_token_expires_in: issued.access.expiresIn,
    refresh: refreshPolicyView(settings),
    ...(issued.session.mode === 'bearer' ? bearerView(issued) : {}),
  };
}

function bearerView({ access, refreshToken }: Issued): BearerTokens {
  return {
    access_token: access.token,
    token_type: 'Bearer',
    expires_in: access.expiresIn,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
  };
}
