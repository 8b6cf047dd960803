/** Hashes passwords, slowly on purpose. Rejects with `overloaded` when too many wait already. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Takes the same time for `undefined`, an account that does not exist, and answers false. */
  verify(hash: string | undefined, password: string): Promise<boolean>;
  /** Throws `overloaded` where the next call would be rejected, so that it may be refused before anything else is done for it. */
  requireCapacity(): void;
}

/** Says why a password is too easy to guess, or undefined where it is not. Rejects with `overloaded` as the hasher does. `known` is what an attacker knows of the person. */
export type PasswordJudge = (password: string, known: readonly string[]) => Promise<string | undefined>;
