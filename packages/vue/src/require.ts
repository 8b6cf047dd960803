import { defineComponent, getCurrentInstance } from 'vue';
import type { DefineSetupFnComponent, PropType, SlotsType, VNodeChild } from 'vue';
import { useSession } from './use-session.ts';

/** Properties of {@link Require}. */
export interface RequireProps {
  /** The role that the person must have, or several of which one is enough. Left out, any person will do. */
  readonly role?: string | readonly string[];
}

/** Slots of {@link Require}. */
export interface RequireSlots {
  /** Shown to a person who is logged in and has the role. */
  default?: () => VNodeChild;
  /** Shown to nobody, and to a person without the role. */
  fallback?: () => VNodeChild;
  /** Shown while it is not known yet who is logged in. */
  loading?: () => VNodeChild;
}

/**
 * Shows its content to a person who is logged in and has the role.
 *
 * It decides what is shown, not what is allowed: the backend checks every call by itself.
 */
export const Require: DefineSetupFnComponent<
  RequireProps,
  never[],
  SlotsType<RequireSlots>
> = defineComponent({
  name: 'LatchstringRequire',
  props: { role: { type: [String, Array] as PropType<string | readonly string[]> } },
  slots: Object as SlotsType<RequireSlots>,
  setup(props, { slots }) {
    const { status, user } = useSession();
    const instance = getCurrentInstance();
    return () => {
      if (status.value === 'unknown') return slots.loading?.();
      // A role that was given but is undefined is a mistake, and opens nothing. `props` does not tell it from one left out.
      const wanted = 'role' in (instance?.vnode.props ?? {}) ? [props.role].flat() : undefined;
      const isAllowed = user.value && (!wanted || user.value.roles.some((role) => wanted.includes(role)));
      return isAllowed ? slots.default?.() : slots.fallback?.();
    };
  },
});
