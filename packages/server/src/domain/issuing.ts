import type { SigningKeys } from '../ports/keys.ts';
import type { Mac } from '../ports/macs.ts';
import type { Random } from '../ports/random.ts';
import { issueAccessToken } from './access-token.ts';
import type { AccessTokenSettings, IssuedAccessToken } from './access-token.ts';
import { csrfToken } from './csrf.ts';
import type { RefreshTokenFacts } from './refresh.ts';
import { issueRefreshToken } from './refresh-token.ts';
import type { SessionReading } from '../ports/store.ts';

/** What a client gets for a session that was opened or refreshed. */
export interface Issued extends SessionReading {
  readonly access: IssuedAccessToken;
  /** Undefined where the client's own is still good. */
  readonly refreshToken: string | undefined;
  /** In cookie mode. */
  readonly csrf: string | undefined;
}

/** What issuing needs. */
export interface IssuerDependencies {
  readonly keys: SigningKeys;
  readonly refreshMac: Mac;
  readonly csrfMac: Mac;
  readonly random: Random;
  readonly settings: AccessTokenSettings;
}

/** Writes the tokens of a session, as its row says it is. */
export type Issue = (reading: SessionReading, refresh: RefreshTokenFacts | undefined) => Promise<Issued>;

/** Issues tokens for sessions; decides nothing. Rejects with `database_unavailable` where no key is confirmed. */
export function createIssue({
  keys,
  refreshMac,
  csrfMac,
  random,

  settings,
}: IssuerDependencies): Issue {
  return async (reading, refresh) => {
    const { session, user, now } = reading;
    const csrf = session.mode === 'cookie' ? csrfToken(session.id, csrfMac) : undefined;
    const facts = { session, roles: user.roles, csrf, jti: random.uuid(), now };
    return {
      ...reading,
      access: issueAccessToken(facts, settings, await keys.signer()),
      refreshToken: refresh === undefined ? undefined : issueRefreshToken(refresh, refreshMac),
      csrf,
    };
  };
}
