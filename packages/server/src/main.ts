import { JWKS_MAX_AGE, ROUTES } from '@latchstring/protocol';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { publicSettings, resolveSettings } from './config/settings.ts';
import type { PublicSettings, Settings } from './config/settings.ts';
import { statementTimeout } from './config/times.ts';
import { ConfigurationError } from './config/options.ts';
import type { LatchstringOptions } from './config/options.ts';
import { createKeyVault } from './crypto/key-vault.ts';
import { createFeedSigner, createSharedFeedSigner } from './crypto/feed-signer.ts';
import { createPasswordHasher } from './crypto/password-hasher.ts';
import { createPasswordJudge } from './crypto/password-judge.ts';
import { createPasswordThreads } from './crypto/password-threads.ts';
import { systemRandom } from './crypto/random.ts';
import { createSecrets } from './crypto/secrets.ts';
import { createSharedSecretKeys } from './crypto/shared-secret-keys.ts';
import { requireRolesToFit } from './domain/access-token.ts';
import type { AccessTokenSettings } from './domain/access-token.ts';
import { createAccounts } from './domain/accounts.ts';
import type { Accounts } from './domain/accounts.ts';
import { ServiceError } from './domain/errors.ts';
import { createIssue } from './domain/issuing.ts';
import { createKeyRing } from './domain/key-ring.ts';
import type { KeyRing } from './domain/key-ring.ts';
import { createRevocationFeed } from './domain/revocation-feed.ts';
import { createSessions } from './domain/sessions.ts';
import { createApp } from './http/app.ts';
import type { Connection } from './http/context.ts';
import { createGuardedCounter } from './limits/guarded-counter.ts';
import { createLimiter, createNoLimiter } from './limits/limiter.ts';
import { createMemoryCounter } from './limits/memory-counter.ts';
import { createOwnVerifier } from './own-verifier.ts';
import { KeyDecryptionError } from './ports/keys.ts';
import type { KeyVault } from './ports/keys.ts';
import type { AttemptCounter, Limiter } from './ports/limiter.ts';
import type { Mac } from './ports/macs.ts';
import type { Store } from './ports/store.ts';
import { reasonOf } from './redis/connection.ts';
import type { TellOutage } from './redis/connection.ts';
import { openRedis } from './redis/index.ts';
import type { RedisServices } from './redis/index.ts';
import { openStore } from './store/index.ts';
import { VERSION } from './version.ts';

/** How often a process looks whether the keys have changed: a revoked one is to be refused within a second. Milliseconds. */
const KEY_INTERVAL = 500;
/** How often a process looks for revocations of other processes; of its own it hears at once. Milliseconds. */
const FEED_INTERVAL = 200;
/** How often what nobody needs any more is deleted. Milliseconds. */
const PRUNE_INTERVAL = 600_000;

const ALARMS = {
  database_restored: 'the database was restored from a backup',
  database_went_back:
    'the database has gone back to an older state: if a backup was restored, run `latchstring restore`',
} as const;

const clock = { monotonic: () => performance.now() };

/** What the service answers outside `/auth/`. */
const PATHS: ReadonlySet<string> = new Set(Object.values(ROUTES));

/** A running authentication service. */
export interface Latchstring {
  /** Without the secrets. */
  readonly settings: PublicSettings;
  /** Answers a request (Fetch API). `connection` names the peer, which limits count by. */
  fetch(request: Request, connection?: Connection): Promise<Response>;
  /** Whether a path is one of this service's, for mounting it beside other routes. */
  handles(path: string): boolean;
  /** What administrators do; used by the command line. */
  readonly administration: Administration;
  /** Stops the schedules and closes the database. Requests under way fail. */
  close(): Promise<void>;
}

/** The service's inside, for administrators. */
export interface Administration {
  readonly accounts: Accounts;
  readonly store: Store;
  /** Undefined with HS256, which has one secret and no keys. */
  readonly keyRing: KeyRing | undefined;
  readonly keyVault: KeyVault;
}

/**
 * Starts the service inside this process: opens and migrates the database, makes the first signing key, and serves.
 *
 * Throws a `ConfigurationError` with a sentence for every setting that can't be used, a secret that does not decrypt the
 * signing keys among them, and a `StoreUnavailableError` where the database can't be reached.
 */
export async function createLatchstring(options: LatchstringOptions): Promise<Latchstring> {
  const settings = resolveSettings(options);
  const log = pino({ level: settings.logLevel, base: null }, settings.logTo);
  for (const warning of settings.warnings) log.warn(warning);
  const tokens = tokenSettings(settings);
  const { times } = settings;
  const outage = createOutageLog(log);
  const redis =
    settings.redisUrl === undefined ? undefined : await openRedis(settings.redisUrl, settings.issuer, outage);
  try {
    const store = await openStore({
      url: settings.databaseUrl,
      prepare: settings.databasePrepare,
      ...(settings.databaseDirectUrl === undefined ? {} : { directUrl: settings.databaseDirectUrl }),
      accessTokenLifetime: times.accessTokenLifetime,
      statementTimeout: statementTimeout(times.refreshDeadline),
      ...(settings.clockOffset === undefined ? {} : { clockOffset: settings.clockOffset }),
      channel: redis?.channel,
    });
    return await assemble(settings, tokens, store, { redis, outage }, log).catch(async (error: unknown) => {
      await store.close();
      throw error;
    });
  } catch (error) {
    await redis?.close();
    throw error;
  }
}

async function assemble(
  settings: Settings,
  tokens: AccessTokenSettings,
  store: Store,
  { redis, outage }: { readonly redis: RedisServices | undefined; readonly outage: TellOutage },
  log: Logger,
): Promise<Latchstring> {
  const { times } = settings;
  const secrets = createSecrets(settings.secret, settings.secretPrevious);
  const keyVault = createKeyVault(secrets);
  const random = systemRandom();
  const csrfMac = secrets.mac('csrf');
  const refreshMac = secrets.mac('refresh');
  const limiter = settings.limits
    ? createSharedLimiter(redis?.attempts ?? store.attempts, secrets.mac('limits'), outage)
    : createNoLimiter();
  const keyRing = settings.hs256Secret === undefined ? createRing(settings, store, keyVault) : undefined;
  await keyRing?.refresh().catch(explainKeyError);
  const keys = keyRing ?? createSharedSecretKeys(settings.hs256Secret ?? '');
  const issue = createIssue({ keys, refreshMac, csrfMac, random, settings: tokens });
  const threads = createPasswordThreads({ concurrency: settings.passwordConcurrency });
  const accounts = createAccounts({
    store,
    hasher: createPasswordHasher(threads),
    judge: createPasswordJudge(threads),
    random,
    limiter,
    deviceMac: secrets.mac('device'),
    tokens,
  });
  const sessions = createSessions({
    store,
    issue,
    refreshMac,
    random,
    limiter,
    alarm: (kind, sessionId) => log.warn({ alarm: kind, session_id: sessionId }, 'a session needs attention'),
    policy: { minimumAge: times.refreshMinimumAge, supersededWindow: times.refreshSupersededWindow },
    lifetimes: { idle: times.sessionIdleLifetime, absolute: times.sessionLifetime },
  });
  const verifier = createOwnVerifier(settings, keys);
  const feed = createRevocationFeed({
    store,
    issuer: settings.issuer,
    clock,
    alarm: (kind) => log.error({ alarm: kind }, ALARMS[kind]),
    async confirmKeys() {
      // One that is under way may have begun before the revocation.
      await keyRing?.refresh();
      await keyRing?.refresh();
    },
    sign:
      settings.hs256Secret === undefined
        ? createFeedSigner(keys)
        : createSharedFeedSigner(settings.hs256Secret),
  });
  const poll = telling(() => feed.poll(), log);
  store.watchRevocations(() => void poll());
  const stopping = new AbortController();
  const app = createApp(
    {
      settings,
      accounts,
      sessions,
      issue,
      keys,
      csrfMac,
      store,
      verifier,
      feed,
      stopping: stopping.signal,
      log,
    },
    VERSION,
  );
  const schedules = [
    ...(keyRing === undefined
      ? []
      : [
          every(
            KEY_INTERVAL,
            telling(() => keyRing.refresh(), log),
          ),
        ]),
    every(FEED_INTERVAL, poll),
    every(
      PRUNE_INTERVAL,
      telling(() => store.prune(), log),
    ),
  ];
  return {
    settings: publicSettings(settings),
    administration: { accounts, store, keyRing, keyVault },
    fetch: async (request, connection = {}) => app.fetch(request, connection),
    handles: (path) => path.startsWith('/auth/') || PATHS.has(path),
    async close() {
      for (const schedule of schedules) clearInterval(schedule);
      stopping.abort();
      await threads.close();
      await store.close();
      await redis?.close();
    },
  };
}

/** Counts for all servers, and by itself while the place where they count together is away. */
function createSharedLimiter(shared: AttemptCounter, mac: Mac, outage: TellOutage): Limiter {
  const own = createMemoryCounter(clock);
  const guarded = createGuardedCounter({
    shared,
    own,
    clock,
    tell: (error) => (error === undefined ? outage('back') : outage('away', reasonOf(error))),
  });
  return createLimiter({ shared: guarded, own, mac });
}

/** Says once that what the servers share beside the database is away, and once that it is back. */
function createOutageLog(log: Logger): TellOutage {
  let isAway = false;
  return (state, reason) => {
    if (isAway === (state === 'away')) return;
    isAway = !isAway;
    if (isAway)
      log.warn({ reason }, 'limits are counted by this process alone: the place that servers share is away');
    else log.info('limits are counted for all servers again');
  };
}

function tokenSettings(settings: Settings): AccessTokenSettings {
  const tokens = {
    issuer: settings.issuer,
    audience: settings.audience,
    lifetime: settings.times.accessTokenLifetime,
    algorithm: settings.hs256Secret === undefined ? settings.signingAlgorithm : ('HS256' as const),
  };
  try {
    requireRolesToFit([], tokens);
    return tokens;
  } catch (error) {
    const problem =
      'LATCHSTRING_AUDIENCE and LATCHSTRING_ISSUER are too long for an access token: shorten them.';
    throw error instanceof ServiceError ? new ConfigurationError([problem]) : error;
  }
}

function explainKeyError(error: unknown): never {
  if (!(error instanceof KeyDecryptionError)) throw error;
  throw new ConfigurationError([
    'LATCHSTRING_SECRET does not decrypt the signing keys in this database. Set the secret that they were encrypted under, or add it to LATCHSTRING_SECRET_PREVIOUS.',
  ]);
}

function createRing({ times, signingAlgorithm }: Settings, store: Store, vault: KeyVault): KeyRing {
  return createKeyRing({
    store,
    vault,
    clock,
    settings: {
      algorithm: signingAlgorithm,
      rotationInterval: times.keyRotationInterval,
      publishAhead: JWKS_MAX_AGE * 1000,
      accessTokenLifetime: times.accessTokenLifetime,
    },
  });
}

function every(interval: number, job: () => Promise<void>): NodeJS.Timeout {
  // A schedule alone keeps no process alive.
  return setInterval(() => void job(), interval).unref();
}

/** Runs a job that never rejects: that it fails is said once, and that it is well again. */
function telling(job: () => Promise<unknown>, log: Logger): () => Promise<void> {
  let isFailing = false;
  return async () => {
    try {
      await job();
      if (isFailing) log.info('a scheduled job is well again');
      isFailing = false;
    } catch (error) {
      if (!isFailing)
        log.error({ name: error instanceof Error ? error.name : typeof error }, 'a scheduled job failed');
      isFailing = true;
    }
  };
}
