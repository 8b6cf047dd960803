import type { Client } from '@latchstring/client';
import { useClient } from '@latchstring/react';
import { useCallback, useEffect, useState } from 'react';

/** What a page loads when it opens: `data` is null until it is there. */
export interface Loaded<T> {
  readonly data: T | null;
  readonly error: unknown;
  readonly load: () => Promise<void>;
}

/** Loads once when a component appears, and again by `load`. */
export function useLoaded<T>(fetchIt: (client: Client) => Promise<T>): Loaded<T> {
  const client = useClient();
  const [{ data, error }, set] = useState<{ data: T | null; error: unknown }>({ data: null, error: null });
  const load = useCallback(async () => {
    try {
      set({ data: await fetchIt(client), error: null });
    } catch (failure) {
      set((before) => ({ ...before, error: failure }));
    }
  }, [client, fetchIt]);
  useEffect(() => void load(), [load]);
  return { data, error, load };
}
