'use client';
import type { Client, LatchstringError } from '@latchstring/client';
import { createContext, useCallback, useEffect, useMemo, useState } from 'react';
import type { Context, ReactElement, ReactNode } from 'react';

/** What the provider hands down. */
export interface LatchstringContextValue {
  readonly client: Client;
  /** Why the first question to the server failed, while nothing is known; null otherwise. */
  readonly error: LatchstringError | null;
  /** Asks the server again who is logged in. Never rejects: a failure is in `error`. */
  readonly reload: () => Promise<void>;
}

/** For the hooks of this package. */
export const LatchstringContext: Context<LatchstringContextValue | null> =
  createContext<LatchstringContextValue | null>(null);

/** Properties of {@link LatchstringProvider}. */
export interface LatchstringProviderProps {
  /** Made once, outside of the components, by `createClient`. The provider never closes it. */
  readonly client: Client;
  readonly children?: ReactNode;
}

/**
 * Gives a client to all components below and asks the server once who is logged in.
 *
 * Renders its children at once, also on a server: until the answer is there, the status is `unknown`.
 */
export function LatchstringProvider({ client, children }: LatchstringProviderProps): ReactElement {
  const [error, setError] = useState<LatchstringError | null>(null);

  const reload = useCallback(async () => {
    try {
      await client.session();
      setError(null);
    } catch (failure) {
      setError(failure as LatchstringError);
    }
  }, [client]);

  useEffect(() => {
    // A second mount (StrictMode) joins the request that is under way.
    if (client.state.status === 'unknown') void reload();
    return client.onChange(() => setError(null));
  }, [client, reload]);

  const value = useMemo(() => ({ client, error, reload }), [client, error, reload]);
  return <LatchstringContext.Provider value={value}>{children}</LatchstringContext.Provider>;
}
