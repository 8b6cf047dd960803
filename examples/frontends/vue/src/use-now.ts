import { onUnmounted, shallowRef } from 'vue';
import type { ShallowRef } from 'vue';

/** The time in milliseconds since the Unix epoch, anew every so many milliseconds. */
export function useNow(interval: number): Readonly<ShallowRef<number>> {
  const now = shallowRef(Date.now());
  const timer = setInterval(() => (now.value = Date.now()), interval);
  onUnmounted(() => clearInterval(timer));
  return now;
}
