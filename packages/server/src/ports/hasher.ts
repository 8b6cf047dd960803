/** Hashes passwords, slowly on purpose. Rejects with `overloaded` when too many wait already. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Takes the same time for `undefined`, an account that does not exist, and answers false. */
  verify(hash: string | undefined, password: string): Promise<boolean>;
}

/** Says why a password is too easy to guess, or undefined where it is not. `known` is what an attacker knows of the person. */
export type PasswordJudge = (password: string, known: readonly string[]) => Promise<string | undefined>;
