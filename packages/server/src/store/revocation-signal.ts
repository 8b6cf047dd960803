import type { Store } from '../ports/store.ts';

type Revoking =
  | 'setRoles'
  | 'disableUser'
  | 'changePassword'
  | 'endSession'
  | 'endSessionsOf'
  | 'revokeKey'
  | 'appendRevocations'
  | 'declareRestored';

/** The methods whose transactions may append to the revocation log, or begin it anew. */
const REVOKING: readonly Revoking[] = [
  'setRoles',
  'disableUser',
  'changePassword',
  'endSession',
  'endSessionsOf',
  'revokeKey',
  'appendRevocations',
  'declareRestored',
];

/** Tells those who watch that the log may have grown. What it tells too often or too late is found by reading the log. */
export interface RevocationSignal {
  readonly tell: () => void;
  readonly watch: (listener: () => void) => () => void;
}

/** A signal without listeners. */
export function createRevocationSignal(): RevocationSignal {
  const listeners = new Set<() => void>();
  return {
    tell() {
      for (const listener of listeners) listener();
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The same methods, which tell when they are done: no reader of this process has to wait for its next look. */
export function telling<Methods extends Pick<Store, Revoking>>(
  methods: Methods,
  { tell }: Pick<RevocationSignal, 'tell'>,
): Methods {
  const wrapped = REVOKING.map((name) => {
    const method = methods[name] as (...given: unknown[]) => Promise<unknown>;
    // Also after an error: a commit whose answer was lost has happened.
    return [name, (...given: unknown[]) => method(...given).finally(tell)];
  });
  return { ...methods, ...(Object.fromEntries(wrapped) as Partial<Methods>) };
}
