'use client';
import { UNKNOWN_STATE } from '@latchstring/client';
import type { SessionState } from '@latchstring/client';
import { useMemo, useSyncExternalStore } from 'react';
import type { LatchstringContextValue } from './provider.tsx';
import { useLatchstring } from './use-client.ts';

/** Who is logged in (`status`, `user`, `session`, `expiresAt`), and what to do where that could not be found out. */
export type Session = SessionState & Pick<LatchstringContextValue, 'error' | 'reload'>;

/**
 * The session, current at every render, in step with all tabs. Throws TypeError outside of a provider.
 *
 * It is what the server last said, good enough to decide what to show. It protects nothing: the backend does.
 */
export function useSession(): Session {
  const { client, error, reload } = useLatchstring();
  const state = useSyncExternalStore(
    client.onChange,
    () => client.state,
    // What the server rendered, so that the first render in the browser fits it.
    () => UNKNOWN_STATE,
  );
  return useMemo(() => ({ ...state, error, reload }), [state, error, reload]);
}
