import type { Specification } from './checker.ts';

/** What is asked of the signing keys of several servers. */
export type KeyCall =
  /** Rotate, without waiting until every verifier knows the next key. */
  | { readonly kind: 'rotate' }
  /** Sign a token. */
  | { readonly kind: 'sign' }
  /** Every server has read the states of the keys. */
  | { readonly kind: 'confirm' };

/** The key that is the current one after a rotation, or that has signed. */
export interface KeyResult {
  readonly kid: string;
}

/** Which key is the current one, which were since the servers last read them all, and which ever were. */
export interface Keys {
  readonly current: string;
  readonly recent: ReadonlySet<string>;
  readonly used: ReadonlySet<string>;
}

/**
 * The keys, one thing after the other. A rotation makes a key the current one that never was it, or finds that another
 * has just been made so. A server may sign with the key before for as long as it may go without reading the states
 * again, and never with one that is not the current one yet.
 */
export function keySpecification(current: string): Specification<Keys, KeyCall, KeyResult> {
  return {
    initial: { current, recent: new Set([current]), used: new Set([current]) },
    step: (keys, call, { kid }) => {
      switch (call.kind) {
        case 'sign':
          return keys.recent.has(kid) ? keys : undefined;
        case 'rotate':
          if (kid === keys.current) return keys.recent.size > 1 ? keys : undefined;
          if (keys.used.has(kid)) return undefined;
          return {
            current: kid,
            recent: new Set(keys.recent).add(kid),
            used: new Set(keys.used).add(kid),
          };
        case 'confirm':
          return kid === keys.current ? { ...keys, recent: new Set([kid]) } : undefined;
      }
    },
    key: ({ current, recent }) => `${current} ${[...recent].sort().join()}`,
  };
}
