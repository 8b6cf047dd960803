import type { Store } from '../ports/store.ts';

/** The methods whose transactions may append to the revocation log. */
const REVOKING = [
  'setRoles',
  'disableUser',
  'changePassword',
  'endSession',
  'endSessionsOf',
  'revokeKey',
  'appendRevocations',
] as const satisfies readonly (keyof Store)[];

/** The same store, telling at once that its own process may have appended to the log: others are found by reading it. */
export function tellingOfRevocations(store: Store, tell: () => void): Store {
  const telling: Record<string, unknown> = {};
  for (const name of REVOKING) {
    const method = store[name] as (...given: unknown[]) => Promise<unknown>;
    telling[name] = async (...given: unknown[]) => {
      try {
        return await method(...given);
      } finally {
        // Also after an error: a commit whose answer was lost has happened.
        tell();
      }
    };
  }
  return { ...store, ...telling };
}
