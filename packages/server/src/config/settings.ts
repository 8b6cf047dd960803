import { isLocalhostOrigin } from '@latchstring/protocol';
import { originProblems, secretProblem } from './checks.ts';
import { ConfigurationError } from './options.ts';
import type { LatchstringOptions, LogDestination, LogLevel } from './options.ts';
import { TIMES, latestStart, timeProblems } from './times.ts';
import type { TimeName } from './times.ts';
import { parseTrustedProxies } from './trusted-proxies.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

/** The settings, checked and complete. Times are in milliseconds. */
export interface Settings {
  readonly issuer: string;
  readonly audience: string;
  readonly secret: string;
  readonly secretPrevious: readonly string[];
  readonly hs256Secret: string | undefined;
  readonly introspectionSecret: string | undefined;
  readonly databaseUrl: string;
  readonly databasePrepare: boolean;
  readonly databaseDirectUrl: string | undefined;
  readonly redisUrl: string | undefined;
  /** Includes the issuer. */
  readonly origins: ReadonlySet<string>;
  readonly cookieDomain: string | undefined;
  readonly cookieSameSite: 'Lax' | 'Strict';
  readonly trustedProxies: TrustedProxies;
  readonly port: number;
  readonly host: string;
  readonly times: Readonly<Record<TimeName, number>>;
  /** How long after its arrival a refresh may be started, so that it is over by its deadline. */
  readonly latestRefreshStart: number;
  readonly signingAlgorithm: 'ES256' | 'RS256' | 'EdDSA';
  readonly limits: boolean;
  readonly passwordConcurrency: number | undefined;
  readonly logLevel: LogLevel;
  readonly logTo: LogDestination;
  readonly clockOffset: (() => number) | undefined;
  /** What is allowed but should be looked at. */
  readonly warnings: readonly string[];
}

const SECRET_SETTINGS = [
  'secret',
  'secretPrevious',
  'hs256Secret',
  'introspectionSecret',
  'databaseUrl',
  'databaseDirectUrl',
  'redisUrl',
] as const;

/** The settings that may be seen, also by a log. */
export type PublicSettings = Omit<Settings, (typeof SECRET_SETTINGS)[number]>;

/** Leaves out what opens something: the secrets, and the URLs of databases, which may hold a password. */
export function publicSettings(settings: Settings): PublicSettings {
  const names: readonly string[] = SECRET_SETTINGS;
  const entries = Object.entries(settings).filter(([name]) => !names.includes(name));
  return Object.freeze(Object.fromEntries(entries)) as PublicSettings;
}

const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'EdDSA'] as const;
const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

/** Checks the options and fills in what they leave out. Throws a {@link ConfigurationError} that names every problem. */
export function resolveSettings(options: LatchstringOptions): Settings {
  const problems: string[] = [];
  const warnings: string[] = [];
  const times = resolveTimes(options);
  problems.push(...originProblems(options), ...secretProblems(options), ...choiceProblems(options));
  problems.push(...timeProblems(times, warnings));
  const trustedProxies = parseTrustedProxies(options.trustedProxies ?? [], problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return Object.freeze({
    issuer: options.issuer,
    audience: options.audience ?? options.issuer,
    secret: options.secret,
    secretPrevious: options.secretPrevious ?? [],
    hs256Secret: options.hs256Secret,
    introspectionSecret: options.introspectionSecret,
    databaseUrl: options.databaseUrl ?? 'file:./.latchstring/latchstring.db',
    databasePrepare: options.databasePrepare ?? true,
    databaseDirectUrl: options.databaseDirectUrl,
    redisUrl: options.redisUrl,
    origins: new Set([options.issuer, ...(options.origins ?? [])]),
    cookieDomain: options.cookieDomain,
    cookieSameSite: options.cookieSameSite === 'strict' ? 'Strict' : 'Lax',
    trustedProxies,
    port: options.port ?? 4000,
    host: options.host ?? '127.0.0.1',
    times: Object.freeze(times),
    latestRefreshStart: latestStart(times.refreshDeadline),
    signingAlgorithm: options.signingAlgorithm ?? 'ES256',
    limits: options.limits !== 'off',
    passwordConcurrency: options.passwordConcurrency,
    logLevel: options.logLevel ?? 'info',
    logTo: options.logTo ?? process.stdout,
    clockOffset: options.clockOffset,
    warnings,
  });
}

function resolveTimes(options: LatchstringOptions): Record<TimeName, number> {
  const entries = Object.entries(TIMES).map(([name, usual]) => [
    name,
    Math.round((options[name as TimeName] ?? usual) * 1000),
  ]);
  return Object.fromEntries(entries) as Record<TimeName, number>;
}

function secretProblems(options: LatchstringOptions): string[] {
  const { hs256Secret, introspectionSecret } = options;
  const problems = [
    secretProblem('LATCHSTRING_SECRET', options.secret),
    ...(options.secretPrevious ?? []).map((secret) => secretProblem('LATCHSTRING_SECRET_PREVIOUS', secret)),
    ...(hs256Secret === undefined ? [] : [secretProblem('LATCHSTRING_HS256_SECRET', hs256Secret)]),
    ...(introspectionSecret === undefined
      ? []
      : [secretProblem('LATCHSTRING_INTROSPECTION_SECRET', introspectionSecret)]),
  ].filter((problem) => problem !== undefined);
  // Backends hold these two, and must not hold the first.
  const own = [options.secret, ...(options.secretPrevious ?? [])];
  if (hs256Secret !== undefined && own.includes(hs256Secret)) {
    problems.push(
      'LATCHSTRING_HS256_SECRET must not be LATCHSTRING_SECRET, now or before: your backends hold the first and must not hold the second.',
    );
  }
  if (introspectionSecret !== undefined && [...own, hs256Secret].includes(introspectionSecret)) {
    problems.push(
      'LATCHSTRING_INTROSPECTION_SECRET must be a secret of its own: whoever may ask must not be able to sign.',
    );
  }
  return problems;
}

function choiceProblems(options: LatchstringOptions): string[] {
  const problems: string[] = [];
  const oneOf = (name: string, value: unknown, choices: readonly unknown[]): void => {
    if (value !== undefined && !choices.includes(value))
      problems.push(`${name} is one of ${choices.join(', ')}.`);
  };
  oneOf('LATCHSTRING_SIGNING_ALGORITHM', options.signingAlgorithm, SIGNING_ALGORITHMS);
  oneOf('LATCHSTRING_COOKIE_SAME_SITE', options.cookieSameSite, ['lax', 'strict']);
  oneOf('LATCHSTRING_LIMITS', options.limits, ['on', 'off']);
  oneOf('LATCHSTRING_LOG_LEVEL', options.logLevel, LOG_LEVELS);
  if (options.limits === 'off' && !isLocalhostOrigin(options.issuer)) {
    problems.push(
      'LATCHSTRING_LIMITS=off is for tests: it is taken only with an issuer on http://localhost.',
    );
  }
  if (options.databaseDirectUrl !== undefined && !isPostgresUrl(options.databaseDirectUrl)) {
    problems.push(
      'LATCHSTRING_DATABASE_DIRECT_URL is postgres://USER:PASSWORD@HOST/DATABASE, past the pooler.',
    );
  }
  if (options.redisUrl !== undefined && !isRedisUrl(options.redisUrl)) {
    problems.push(
      'LATCHSTRING_REDIS_URL is redis://HOST:PORT, or rediss://USER:PASSWORD@HOST:PORT with TLS, characters such as # and / in the password percent-encoded.',
    );
  }
  const url = options.databaseUrl;
  if (url !== undefined && !/^file:./.test(url) && !isPostgresUrl(url)) {
    problems.push(
      'LATCHSTRING_DATABASE_URL is file:PATH for SQLite or postgres://USER:PASSWORD@HOST/DATABASE for PostgreSQL, characters such as # and / in the password percent-encoded.',
    );
  }
  const port = options.port;
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    problems.push('LATCHSTRING_PORT is a number from 0 to 65535.');
  }
  const concurrency = options.passwordConcurrency;
  if (
    concurrency !== undefined &&
    !(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 256)
  ) {
    problems.push('LATCHSTRING_PASSWORD_CONCURRENCY is a number from 1 to 256.');
  }
  if (options.audience?.trim() === '')
    problems.push('LATCHSTRING_AUDIENCE is empty: name your application, or leave it out.');
  return problems;
}

function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url) && URL.canParse(url);
}

/** With a host, and no path but the number of a database. */
function isRedisUrl(text: string): boolean {
  if (!/^rediss?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname, search, hash } = new URL(text);
  return hostname !== '' && /^(\/\d{0,4})?$/.test(pathname) && search === '' && hash === '';
}
