import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '@latchstring/testkit';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { NO_PARENT } from '../../src/domain/refresh-token.ts';
import type { RefreshTokenFacts } from '../../src/domain/refresh.ts';
import type { NewSession, SessionLifetimes } from '../../src/domain/session.ts';
import type { NewKey } from '../../src/domain/signing-key.ts';
import type { User } from '../../src/domain/user.ts';
import type { RefreshAttempt, SessionReading, Store } from '../../src/ports/store.ts';
import { openStore } from '../../src/store/index.ts';
import type { StoreOptions } from '../../src/store/index.ts';

export type Dialect = 'SQLite' | 'PostgreSQL';
export const DIALECTS: readonly Dialect[] = ['SQLite', 'PostgreSQL'];

export const MINUTE = 60_000;
export const DAY = 86_400_000;
export const LIFETIMES: SessionLifetimes = { idle: 7 * DAY, absolute: 30 * DAY };
export const ACCESS_TOKEN_LIFETIME = 900_000;
export const MINIMUM_AGE = 120_000;

/** An empty database, or what a test has made of it. */
export interface TestDatabase {
  readonly url: string;
  /** Runs a statement past the store; `?` stands for a parameter. Answers rows with numbers as numbers. */
  readonly sql: <Row>(text: string, ...parameters: unknown[]) => Promise<Row[]>;
  readonly drop: () => Promise<void>;
}

/** An empty database of a dialect. */
export async function emptyDatabase(dialect: Dialect): Promise<TestDatabase> {
  return dialect === 'SQLite' ? sqliteDatabase() : postgresDatabase();
}

/** What SQLite itself finds wrong with a file, after all that its journal holds was taken over. */
export function sqliteProblems(url: string): unknown[] {
  const file = new Sqlite(url.slice('file:'.length));
  try {
    const integrity = file.pragma('integrity_check') as { readonly integrity_check: string }[];
    const broken = integrity.filter((row) => row.integrity_check !== 'ok');
    return [...broken, ...(file.pragma('foreign_key_check') as unknown[])];
  } finally {
    file.close();
  }
}

/** Lets nobody write to the sessions (on PostgreSQL: nor read them) until the returned function is called. */
export async function holdSessions(url: string): Promise<() => Promise<void>> {
  if (url.startsWith('file:')) {
    const file = new Sqlite(url.slice('file:'.length));
    file.exec('begin immediate');
    return async () => void file.close();
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('begin');
  await client.query('lock table sessions in access exclusive mode');
  return () => client.end();
}

function sqliteDatabase(): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-store-'));
  const path = join(folder, 'data', 'test.db');
  let file: Sqlite.Database | undefined;
  return {
    url: `file:${path}`,
    sql: async <Row>(text: string, ...parameters: unknown[]) => {
      if (file === undefined) {
        file = new Sqlite(path);
        file.pragma('synchronous = OFF');
      }
      const statement = file.prepare<unknown[], Row>(text);
      if (statement.reader) return statement.all(...parameters);
      statement.run(...parameters);
      return [];
    },
    drop: async () => {
      file?.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function postgresDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: database.url,
    max: 2,
    types,
    options: '-c synchronous_commit=off',
  });
  return {
    url: database.url,
    sql: async <Row>(text: string, ...parameters: unknown[]) => {
      let count = 0;
      return (
        await pool.query(
          text.replaceAll('?', () => `$${++count}`),
          parameters,
        )
      ).rows as Row[];
    },
    drop: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

/** A store on an empty database, whose time the test moves. */
export interface TestStore extends TestDatabase {
  readonly store: Store;
  /** Milliseconds ahead of the database's clock. */
  readonly time: { ahead: number };
  /** Another store on the same database, as another server would have it. */
  another(options?: Partial<StoreOptions>): Promise<Store>;
}

/** Opens a store on an empty database. */
export async function openTestStore(dialect: Dialect): Promise<TestStore> {
  const database = await emptyDatabase(dialect);
  const time = { ahead: 0 };
  const opened: Store[] = [];
  const another = async (options: Partial<StoreOptions> = {}): Promise<Store> => {
    const { url } = database;
    const store = await openStore({
      url,
      accessTokenLifetime: ACCESS_TOKEN_LIFETIME,
      clockOffset: () => time.ahead,
      ...options,
    });
    opened.push(store);
    return store;
  };
  const store = await another();
  const drop = async (): Promise<void> => {
    await Promise.all(opened.map((one) => one.close()));
    await database.drop();
  };
  return { ...database, store, time, another, drop };
}

/** A new user; every one has another email. */
export async function createUser(store: Store, roles: readonly string[] = []): Promise<User> {
  const id = uuidv7();
  const user = { id, email: `${id}@example.org`, name: 'Ada', passwordHash: '$argon2id$first', roles };
  const created = await store.insertUser(user, { kind: 'user_created', userId: id });
  if (created === undefined) throw new Error('The email is taken.');
  return created;
}

/** What a login asks the store for. */
export function newSession(user: Pick<User, 'id'>): NewSession {
  const device = { userAgent: 'Firefox', ip: '192.0.2.1' };
  const nonce = randomBytes(16);
  return { id: uuidv7(), userId: user.id, mode: 'cookie', nonce, device, methods: ['pwd'] };
}

/** Opens a session. */
export async function login(
  store: Store,
  user: User,
  lifetimes: SessionLifetimes = LIFETIMES,
): Promise<SessionReading> {
  const event = { kind: 'login', userId: user.id } as const;
  const reading = await store.openSession(newSession(user), user.passwordVersion, lifetimes, event);
  if (reading === undefined) throw new Error('The account has changed.');
  return reading;
}

/** The token that the session was opened with. */
export function firstToken({ session, now }: SessionReading): RefreshTokenFacts {
  const { id: sessionId, generation, nonce } = session;
  return { sessionId, generation, nonce, parentNonce: NO_PARENT, issuedAt: now };
}

/** A refresh with a token, by the settings that the design has as defaults. */
export function attempt(token: RefreshTokenFacts): RefreshAttempt {
  const deadline = performance.now() + 15_000;
  const facts = { token, mode: 'cookie', ip: '192.0.2.7', deadline } as const;
  return { ...facts, minimumAge: MINIMUM_AGE, idleLifetime: LIFETIMES.idle };
}

/** A key, whose bytes the store does not look into. */
export function newKey(): NewKey {
  const kid = randomBytes(32).toString('base64url');
  return { kid, algorithm: 'ES256', publicJwk: `{"kid":"${kid}"}`, encryptedPrivateKey: randomBytes(150) };
}
