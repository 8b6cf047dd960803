/**
 * The settings of Latchstring, as code (`createLatchstring`), a configuration file (the same names, in JSON) or the
 * environment (`LATCHSTRING_` and the name in capitals) gives them. Times are in seconds; decimals are allowed.
 */
export interface LatchstringOptions {
  /** The origin under which browsers and backends reach this service, such as `https://auth.example.com`. */
  readonly issuer: string;
  /** The `aud` claim: the name of your application, checked by its backends. The issuer, unless set. */
  readonly audience?: string | undefined;
  /** At least 32 random bytes, as text: `openssl rand -base64 32`. Or the environment's `LATCHSTRING_SECRET`. */
  readonly secret: string;
  /** Secrets that were in use before, and still count until what they signed is over. */
  readonly secretPrevious?: readonly string[] | undefined;
  /** Signs access tokens with HS256 under this secret instead of a key pair. Every backend that knows it can forge. */
  readonly hs256Secret?: string | undefined;
  /** The password with which backends may ask at `/introspect`; without it that route is not there. At least 32 bytes. */
  readonly introspectionSecret?: string | undefined;
  /** `file:PATH` (SQLite) or `postgres://…`. `file:./.latchstring/latchstring.db`, unless set. */
  readonly databaseUrl?: string | undefined;
  /** Prepared statements in PostgreSQL; false behind a pooler that cannot take them. */
  readonly databasePrepare?: boolean | undefined;
  /** Where to listen for other servers' revocations, past a pooler between. `databaseUrl`, unless set. PostgreSQL only. */
  readonly databaseDirectUrl?: string | undefined;
  /** `redis://…` or `rediss://…`: limits are counted there, and news of revocations go that way too. Needs `ioredis`. */
  readonly redisUrl?: string | undefined;
  /** The exact origins of the pages that may call this service with cookies. The issuer's own always may. */
  readonly origins?: readonly string[] | undefined;
  /** Shares the cookies with all hosts under this domain. Every one of them is then trusted not to plant sessions. */
  readonly cookieDomain?: string | undefined;
  /** SameSite of the access cookie: `lax` (default) or `strict`. */
  readonly cookieSameSite?: 'lax' | 'strict' | undefined;
  /** Addresses or CIDR ranges of the proxies whose X-Forwarded-For is believed. None, unless set. */
  readonly trustedProxies?: readonly string[] | undefined;
  readonly port?: number | undefined;
  /** The address to listen on: `127.0.0.1`, unless set. */
  readonly host?: string | undefined;
  /** 900 s. */
  readonly accessTokenLifetime?: number | undefined;
  /** M of the refresh protocol: 120 s. */
  readonly refreshMinimumAge?: number | undefined;
  /** S of the refresh protocol: 30 s. */
  readonly refreshSupersededWindow?: number | undefined;
  /** How long clients wait for the answer to a refresh: 15 s. */
  readonly refreshClientTimeout?: number | undefined;
  /** How long a refresh may wait in this server before it is dropped: 15 s. */
  readonly refreshDeadline?: number | undefined;
  /** 7 days. */
  readonly sessionIdleLifetime?: number | undefined;
  /** 30 days. */
  readonly sessionLifetime?: number | undefined;
  readonly signingAlgorithm?: 'ES256' | 'RS256' | 'EdDSA' | undefined;
  /** How long a signing key signs: 30 days. */
  readonly keyRotationInterval?: number | undefined;
  /** `off` is taken only with an issuer on localhost. */
  readonly limits?: 'on' | 'off' | undefined;
  /** How many passwords are hashed at once: processor cores − 1, shared by the workers of `serve`, unless set. */
  readonly passwordConcurrency?: number | undefined;
  /** `silent`, `error`, `warn`, `info` (default), `debug`. */
  readonly logLevel?: LogLevel | undefined;
  /** Where log lines go, each a JSON object with a line end. Standard output, unless set. Only in code. */
  readonly logTo?: LogDestination | undefined;
  /** Milliseconds added to the database's clock. Only in code, and only for tests. */
  readonly clockOffset?: (() => number) | undefined;
}

/** Takes log lines: `process.stderr`, any writable stream, or an object of your own. */
export interface LogDestination {
  write(line: string): unknown;
}

/** How much is logged. */
export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** Thrown at start for settings that can't be used: a sentence for each, saying how to mend it. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
