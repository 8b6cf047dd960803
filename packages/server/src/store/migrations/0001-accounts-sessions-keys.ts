import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { ColumnDataType, ColumnDefinitionBuilder, Kysely, RawBuilder } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectTypes } from './dialect-types.ts';

type Type = ColumnDataType | RawBuilder<unknown>;

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull();

interface Types {
  readonly uuid: Type;
  readonly bytes: Type;
  readonly integer: Type;
  readonly end: RawBuilder<unknown>;
  readonly busyEnd: RawBuilder<unknown>;
}

/** The first schema: accounts, sessions, signing keys, the revocation log and the security log. */
export function accountsSessionsKeys(dialect: DialectTypes): Migration {
  const types = {
    uuid: sql.raw(dialect.uuid),
    bytes: sql.raw(dialect.bytes),
    integer: dialect.integer,
    end: sql.raw(dialect.table),
    busyEnd: sql.raw(dialect.busyTable),
  };
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await accounts(db, types);
      await sessions(db, types);
      await keys(db, types);
      await logs(db, types);
    },
  };
}

async function accounts(db: Kysely<unknown>, { uuid, integer, end }: Types): Promise<void> {
  await db.schema
    .createTable('meta')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', required)
    .modifyEnd(end)
    .execute();
  await db.schema
    .createTable('users')
    .addColumn('id', uuid, (column) => column.primaryKey())
    .addColumn('email', 'text', (column) => column.notNull().unique())
    .addColumn('email_verified', integer, required)
    .addColumn('name', 'text')
    .addColumn('password_hash', 'text', required)
    .addColumn('password_version', integer, required)
    .addColumn('roles', 'text', required)
    .addColumn('created_at', integer, required)
    .addColumn('disabled_at', integer)
    .addColumn('disabled_reason', 'text')
    .modifyEnd(end)
    .execute();
}

async function sessions(db: Kysely<unknown>, { uuid, bytes, integer, busyEnd }: Types): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', uuid, (column) => column.primaryKey())
    .addColumn('user_id', uuid, (column) => column.notNull().references('users.id'))
    .addColumn('mode', 'text', required)
    .addColumn('version', integer, required)
    .addColumn('generation', integer, required)
    .addColumn('nonce', bytes, required)
    .addColumn('previous_nonce', bytes)
    .addColumn('promoted_at', integer)
    .addColumn('created_at', integer, required)
    .addColumn('last_used_at', integer, required)
    .addColumn('idle_expires_at', integer, required)
    .addColumn('expires_at', integer, required)
    .addColumn('ended_at', integer)
    .addColumn('end_reason', 'text')
    .addColumn('user_agent', 'text', required)
    .addColumn('ip', 'text', required)
    .addColumn('authenticated_at', integer, required)
    .addColumn('methods', 'text', required)
    .modifyEnd(busyEnd)
    .execute();
  // No index over what a refresh changes: PostgreSQL then updates the row in place (HOT).
  await db.schema.createIndex('sessions_user').on('sessions').column('user_id').execute();
  await db.schema.createIndex('sessions_end').on('sessions').column('expires_at').execute();
}

async function keys(db: Kysely<unknown>, { bytes, integer, end }: Types): Promise<void> {
  await db.schema
    .createTable('signing_keys')
    .addColumn('kid', 'text', (column) => column.primaryKey())
    .addColumn('algorithm', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('public_jwk', 'text', required)
    .addColumn('encrypted_private_key', bytes, required)
    .addColumn('created_at', integer, required)
    .addColumn('activated_at', integer)
    .addColumn('retired_at', integer)
    .addColumn('unpublished_at', integer)
    .modifyEnd(end)
    .execute();
  // Of several servers that make or promote a key at once, one succeeds.
  for (const state of ['next', 'current']) {
    await db.schema
      .createIndex(`signing_keys_one_${state}`)
      .unique()
      .on('signing_keys')
      .column('state')
      .where(sql.ref('state'), '=', sql.lit(state))
      .execute();
  }
}

async function logs(db: Kysely<unknown>, { uuid, integer, end }: Types): Promise<void> {
  await db.schema
    .createTable('revocation_counter')
    .addColumn('id', integer, (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn('epoch', 'text', required)
    .addColumn('seq', integer, required)
    .modifyEnd(end)
    .execute();
  const epoch = randomBytes(8).toString('hex');
  await sql`insert into revocation_counter (id, epoch, seq) values (1, ${epoch}, 0)`.execute(db);
  await db.schema
    .createTable('revocations')
    .addColumn('epoch', 'text', required)
    .addColumn('seq', integer, required)
    .addColumn('position', integer, required)
    .addColumn('kind', 'text', required)
    .addColumn('subject', 'text', required)
    .addColumn('below', integer)
    .addColumn('created_at', integer, required)
    .addColumn('expires_at', integer)
    .addPrimaryKeyConstraint('revocations_place', ['seq', 'position'])
    .modifyEnd(end)
    .execute();
  await db.schema
    .createIndex('revocations_token')
    .on('revocations')
    .column('subject')
    .where(sql.ref('kind'), '=', sql.lit('token'))
    .execute();
  await db.schema.createIndex('revocations_end').on('revocations').column('expires_at').execute();
  await db.schema
    .createTable('events')
    .addColumn('id', uuid, (column) => column.primaryKey())
    .addColumn('at', integer, required)
    .addColumn('kind', 'text', required)
    .addColumn('user_id', uuid)
    .addColumn('session_id', uuid)
    .addColumn('ip', 'text')
    .addColumn('detail', 'text')
    .modifyEnd(end)
    .execute();
  await db.schema.createIndex('events_at').on('events').column('at').execute();
}
