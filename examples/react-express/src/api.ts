import { LatchstringError } from '@latchstring/client';
import type { Client } from '@latchstring/client';
import { useClient } from '@latchstring/react';
import { useCallback, useEffect, useState } from 'react';

/**
 * Asks the application's API. `client.fetch` is fetch with the session: it sends the cookies and the CSRF token, and
 * repeats the call once after a refresh. Throws LatchstringError for anything but a good answer.
 */
export async function callApi<T>(client: Client, path: string, body?: object): Promise<T> {
  const response = await reach(() =>
    client.fetch(`/api${path}`, {
      method: body ? 'POST' : 'GET',
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }),
  );
  const answer = (await response.json()) as T & Partial<Problem>;
  if (response.ok) return answer;
  throw new LatchstringError(answer.code ?? 'answer_unexpected', {
    message: answer.detail,
    status: response.status,
  });
}

interface Problem {
  readonly code: LatchstringError['code'];
  readonly detail: string;
}

// fetch itself fails with a TypeError where there is no answer.
async function reach(call: () => Promise<Response>): Promise<Response> {
  try {
    return await call();
  } catch (cause) {
    throw cause instanceof LatchstringError ? cause : new LatchstringError('network_failed', { cause });
  }
}

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
