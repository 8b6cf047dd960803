import { ROUTES } from '@latchstring/protocol';
import type { RefreshAnswer, SessionAnswer } from '@latchstring/protocol';
import { LatchstringError } from './errors.ts';
import type { TabLock, TokenMark } from './lock.ts';
import type { Settings } from './options.ts';
import type { Transport } from './transport.ts';

/** `adopted`: another tab has just refreshed. `over`: there is no session any more. */
export type Outcome = 'refreshed' | 'adopted' | 'over';

/** What an answer that renews the access token has in common. */
export type Renewal = Pick<SessionAnswer | RefreshAnswer, 'session' | 'access_token_expires_in'>;

/** What the refresher needs of the client. */
export interface RefresherParts {
  readonly settings: Pick<Settings, 'now' | 'wallClock' | 'setTimer'>;
  readonly transport: Transport;
  readonly lock: TabLock;
  /** The newest access token that this tab knows of: when it ends, or 0. */
  known(): number;
  /** This tab has a new access token. */
  renewed(renewal: Renewal, outdated: boolean): Promise<void>;
  /** Another tab has one. */
  adopted(mark: TokenMark): void;
  /** The session is over. */
  ended(): void;
}

/**
 * Refreshes once for however many calls ask, in this tab and in others (design: "first one used wins").
 *
 * `seen` is what `known` was when the failed call was sent: where there is a newer token by now, nothing is sent.
 * Rejects with LatchstringError where the server could not be asked; the session is untouched then.
 */
export function createRefresher(
  parts: RefresherParts,
): (seen: number, outdated: boolean) => Promise<Outcome> {
  const { settings, transport, lock } = parts;
  let running: Promise<Outcome> | undefined;
  let refused: { error: LatchstringError; until: number } | undefined;

  async function refresh(seen: number, outdated: boolean): Promise<Outcome> {
    for (let last = false; ; last = true) {
      if (parts.known() > seen) return 'refreshed';
      const outcome = await lock.run(() => once(seen, outdated, last));
      if (outcome !== 'superseded') return outcome;
      // Outside the lock, so that a person can log in or out meanwhile.
      await new Promise<void>((resolve) => {
        settings.setTimer(resolve, transport.policy.superseded_window * 1000);
      });
    }
  }

  async function once(seen: number, outdated: boolean, last: boolean): Promise<Outcome | 'superseded'> {
    if (transport.csrf() === undefined) return over();
    const mark = await lock.newest();
    if (mark && mark.expiresAt > seen && mark.expiresAt > settings.wallClock()) {
      parts.adopted(mark);
      return 'adopted';
    }
    try {
      await parts.renewed(await transport.send<RefreshAnswer>('POST', ROUTES.refresh, {}), outdated);
      return 'refreshed';
    } catch (error) {
      switch ((error as LatchstringError).code) {
        case 'refresh_superseded':
          if (await newerCookie()) return 'refreshed';
          return last ? over() : 'superseded';
        case 'session_ended':
        case 'refresh_invalid':
        case 'credentials_missing':
          return over();
        default:
          throw error;
      }
    }
  }

  // The cookies cannot be read here: whether they are newer by now, the server says.
  async function newerCookie(): Promise<boolean> {
    try {
      await parts.renewed(await transport.send<SessionAnswer>('GET', ROUTES.session), false);
      return true;
    } catch (error) {
      if ((error as LatchstringError).status === 401) return false;
      throw error;
    }
  }

  function over(): 'over' {
    parts.ended();
    return 'over';
  }

  return async (seen, outdated) => {
    if (refused && settings.now() < refused.until) throw refused.error;
    running ??= refresh(seen, outdated).finally(() => (running = undefined));
    try {
      return await running;
    } catch (error) {
      const { retryAfter } = error as LatchstringError;
      refused = retryAfter
        ? { error: error as LatchstringError, until: settings.now() + retryAfter * 1000 }
        : undefined;
      throw error;
    }
  };
}
