import { shallowRef } from 'vue';
import type { ShallowRef } from 'vue';

/** Something that a person starts: whether it is under way, and why it failed. */
export interface Action<Arguments extends unknown[]> {
  readonly pending: Readonly<ShallowRef<boolean>>;
  readonly error: Readonly<ShallowRef<unknown>>;
  readonly run: (...args: Arguments) => Promise<void>;
}

/** Runs `work` when asked to, never twice at a time. */
export function useAction<Arguments extends unknown[]>(
  work: (...args: Arguments) => Promise<unknown>,
): Action<Arguments> {
  const pending = shallowRef(false);
  const error = shallowRef<unknown>(null);

  async function run(...args: Arguments): Promise<void> {
    if (pending.value) return;
    pending.value = true;
    error.value = null;
    try {
      await work(...args);
    } catch (failure) {
      error.value = failure;
    } finally {
      pending.value = false;
    }
  }

  return { pending, error, run };
}
