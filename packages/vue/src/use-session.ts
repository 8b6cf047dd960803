import { UNKNOWN_STATE } from '@latchstring/client';
import type { SessionState } from '@latchstring/client';
import { computed, getCurrentInstance, onMounted, shallowRef } from 'vue';
import type { ComputedRef } from 'vue';
import type { LatchstringContext } from './plugin.ts';
import { useLatchstring } from './use-client.ts';

/** Who is logged in, as one ref for each fact, and what to do where that could not be found out. */
export interface Session
  extends
    Pick<LatchstringContext, 'error' | 'reload'>,
    Readonly<{ [Key in keyof SessionState]: ComputedRef<SessionState[Key]> }> {
  /** All of it in one snapshot, whose type knows that `user` is there where `status` is `authenticated`. */
  readonly state: ComputedRef<SessionState>;
}

/**
 * The session, current at every render, in step with all tabs. Throws TypeError where the plugin is not installed.
 *
 * It is what the server last said, good enough to decide what to show. It protects nothing: the backend does.
 */
export function useSession(): Session {
  const { state: newest, error, reload } = useLatchstring();
  const isHydrating = hydration();
  // What the server rendered, so that the first render in the browser fits it.
  const state = computed(() => (isHydrating.value ? UNKNOWN_STATE : newest.value));
  return {
    state,
    status: computed(() => state.value.status),
    user: computed(() => state.value.user),
    session: computed(() => state.value.session),
    expiresAt: computed(() => state.value.expiresAt),
    error,
    reload,
  };
}

/** Whether the present component takes over what a server has rendered, until it is mounted. */
function hydration(): { readonly value: boolean } {
  // A store or a router guard has no component. One that hydrates has its element before it has rendered.
  const instance = getCurrentInstance();
  const isHydrating = shallowRef(Boolean(instance?.vnode.el));
  if (isHydrating.value) onMounted(() => (isHydrating.value = false));
  return isHydrating;
}
