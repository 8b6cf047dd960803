import type { Settings } from './options.ts';

/** Keeps the access token fresh while the tab is in use. */
export interface Ahead {
  /** There is an access token that ends in so many milliseconds; Infinity for none. */
  plan(milliseconds: number): void;
  /** The tab has made a call. */
  used(): void;
  /** Hears and does nothing any more. */
  stop(): void;
}

/** What it does. */
export interface AheadParts {
  readonly settings: Pick<Settings, 'document' | 'now' | 'refreshAhead' | 'setTimer'>;
  /** Whether somebody logged in or out without this tab's knowing. */
  changed(): boolean;
  reload(): void;
  refresh(): Promise<unknown>;
}

// Of the token's remaining life, but at most half a minute; and never more often than once a second.
const LEAD_SHARE = 0.2;
const LEAD_MILLISECONDS = 30_000;
const LEAST_MILLISECONDS = 1_000;
const AGAIN_SECONDS = 10;

/**
 * Plans a refresh shortly before the access token ends.
 *
 * In use is a tab that is visible, or that has made a call since the last token: a forgotten tab in the background
 * lets its session go idle. Timers of the background are late, so the tab also looks when it comes to the front, back
 * online, or out of the back-forward cache.
 */
export function createAhead({ settings, changed, reload, refresh }: AheadParts): Ahead {
  const { document, now, refreshAhead, setTimer } = settings;
  const places = [
    [document, 'visibilitychange'],
    [document?.defaultView, 'online'],
    [document?.defaultView, 'pageshow'],
  ] as const;
  let dueAt = Infinity;
  let inUse = false;
  let cancel: (() => void) | undefined;

  function arm(milliseconds: number): void {
    cancel?.();
    cancel = undefined;
    dueAt = now() + milliseconds;
    if (document && refreshAhead && milliseconds < Infinity)
      cancel = setTimer(() => look(true), milliseconds);
  }

  function look(due: boolean): void {
    if (document?.visibilityState === 'hidden' && !inUse) return;
    if (changed()) reload();
    else if (refreshAhead && due) {
      dueAt = Infinity;
      refresh().catch(({ retryAfter = AGAIN_SECONDS }: { retryAfter?: number }) => arm(retryAfter * 1000));
    }
  }

  const lookNow = (): void => look(now() >= dueAt);
  for (const [place, event] of places) place?.addEventListener(event, lookNow);

  return {
    plan(milliseconds) {
      inUse = false;
      arm(
        Math.max(milliseconds - Math.min(milliseconds * LEAD_SHARE, LEAD_MILLISECONDS), LEAST_MILLISECONDS),
      );
    },
    used() {
      inUse = true;
    },
    stop() {
      arm(Infinity);
      for (const [place, event] of places) place?.removeEventListener(event, lookNow);
    },
  };
}
