import { useRef, useState } from 'react';

/** Something that a person starts: whether it is under way, and why it failed. */
export interface Action<Arguments extends unknown[]> {
  readonly pending: boolean;
  readonly error: unknown;
  readonly run: (...args: Arguments) => Promise<void>;
}

/** Runs `work` when asked to, never twice at a time. */
export function useAction<Arguments extends unknown[]>(
  work: (...args: Arguments) => Promise<unknown>,
): Action<Arguments> {
  const busy = useRef(false);
  const [{ pending, error }, set] = useState<{ pending: boolean; error: unknown }>({
    pending: false,
    error: null,
  });

  async function run(...args: Arguments): Promise<void> {
    if (busy.current) return;
    busy.current = true;
    set({ pending: true, error: null });
    try {
      await work(...args);
      set({ pending: false, error: null });
    } catch (failure) {
      set({ pending: false, error: failure });
    } finally {
      busy.current = false;
    }
  }

  return { pending, error, run };
}
