/** An account as it is stored. Moments are milliseconds since the Unix epoch by the database's clock. */
export interface User {
  readonly id: string;
  /** In its canonical form: see `canonicalEmail`. */
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string | null;
  /** An argon2id hash in PHC string form. */
  readonly passwordHash: string;
  /** Raised by every change of the password, so that a login that raced with one can be told. */
  readonly passwordVersion: number;
  /** Ids of roles. */
  readonly roles: readonly string[];
  readonly createdAt: number;
  readonly disabledAt: number | null;
  readonly disabledReason: string | null;
}

/** An account that is about to be created. */
export interface NewUser {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  readonly passwordHash: string;
  readonly roles: readonly string[];
}
