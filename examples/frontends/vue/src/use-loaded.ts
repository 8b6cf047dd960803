import type { Client } from '@latchstring/client';
import { useClient } from '@latchstring/vue';
import { onMounted, shallowRef } from 'vue';
import type { ShallowRef } from 'vue';

/** What a page loads when it opens: `data` is null until it is there. */
export interface Loaded<T> {
  readonly data: Readonly<ShallowRef<T | null>>;
  readonly error: Readonly<ShallowRef<unknown>>;
  readonly load: () => Promise<void>;
}

/** Loads once when a component appears, and again by `load`. */
export function useLoaded<T>(fetchIt: (client: Client) => Promise<T>): Loaded<T> {
  const client = useClient();
  const data = shallowRef<T | null>(null);
  const error = shallowRef<unknown>(null);

  async function load(): Promise<void> {
    try {
      data.value = await fetchIt(client);
      error.value = null;
    } catch (failure) {
      error.value = failure;
    }
  }

  onMounted(load);
  return { data, error, load };
}
