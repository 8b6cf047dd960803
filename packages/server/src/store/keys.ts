import type { Selectable } from 'kysely';
import type { StoredKey } from '../domain/signing-key.ts';
import type { Store } from '../ports/store.ts';
import { readClock, readMoment } from './database.ts';
import type { Database, Work } from './database.ts';
import { insertEvent } from './events.ts';
import { appendRevocations } from './revocations.ts';
import type { SigningKeysTable } from './schema.ts';

type KeyStore = Pick<
  Store,
  'readKeys' | 'insertKey' | 'rotateKeys' | 'discardNextKey' | 'revokeKey' | 'reencryptKey'
>;

/** The part of the store that keeps the signing keys. Private keys come and stay encrypted. */
export function createKeyStore(database: Database): KeyStore {
  return {
    readKeys: (...given) => readKeys(database, ...given),
    insertKey: (...given) => insertKey(database, ...given),
    rotateKeys: (...given) => rotateKeys(database, ...given),
    discardNextKey: (...given) => discardNextKey(database, ...given),
    revokeKey: (...given) => revokeKey(database, ...given),
    reencryptKey: (...given) => reencryptKey(database, ...given),
  };
}

const readKeys: Work<'readKeys'> = (database) =>
  database.read(async (db) => {
    // The clock first: a key must not look younger than it is.
    const now = await readClock(database, db);
    const rows = await db
      .selectFrom('signing_keys')
      .selectAll()
      .orderBy('created_at')
      .orderBy('kid')
      .execute();
    return { now, keys: rows.map(toKey) };
  });

const insertKey: Work<'insertKey'> = (database, key, state, event) =>
  database.write(async (tx) => {
    const moment = await readMoment(database, tx);
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('signing_keys')
      .values({
        kid: key.kid,
        algorithm: key.algorithm,
        state,
        public_jwk: key.publicJwk,
        encrypted_private_key: key.encryptedPrivateKey,
        created_at: moment.now,
        activated_at: state === 'current' ? moment.now : null,
        retired_at: null,
        unpublished_at: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    const inserted = numInsertedOrUpdatedRows === 1n;
    if (inserted) await insertEvent(tx, moment, event);
    return inserted;
  });

const rotateKeys: Work<'rotateKeys'> = (database, { from, to, publishFor }, event) =>
  database.write(async (tx) => {
    const active = await tx
      .selectFrom('signing_keys')
      .where('state', 'in', ['current', 'next'])
      .select(['kid', 'state'])
      .orderBy('kid')
      .$if(database.locksRows, (query) => query.forUpdate())
      .execute();
    const kidOf = (state: string): string | undefined => active.find((key) => key.state === state)?.kid;
    if (kidOf('current') !== from || kidOf('next') !== to) return false;
    const moment = await readMoment(database, tx);
    const { now } = moment;
    // The old one first: an index allows one current key.
    await tx
      .updateTable('signing_keys')
      .where('state', '=', 'current')
      .set({ state: 'retired', retired_at: now, unpublished_at: now + publishFor })
      .execute();
    await tx
      .updateTable('signing_keys')
      .where('kid', '=', to)
      .set({ state: 'current', activated_at: now })
      .execute();
    await insertEvent(tx, moment, event);
    return true;
  });

const revokeKey: Work<'revokeKey'> = (database, kid, event) =>
  database.write(async (tx) => {
    const key = await tx
      .selectFrom('signing_keys')
      .where('kid', '=', kid)
      .select('state')
      .$if(database.locksRows, (query) => query.forUpdate())
      .executeTakeFirst();
    if (key === undefined || key.state === 'revoked') return key?.state;
    const moment = await readMoment(database, tx);
    await tx
      .updateTable('signing_keys')
      .where('kid', '=', kid)
      .set({ state: 'revoked', encrypted_private_key: Buffer.alloc(0), unpublished_at: moment.now })
      .execute();
    await insertEvent(tx, moment, event);
    await appendRevocations(database, tx, moment, [{ kind: 'key', kid }]);
    return key.state;
  });

const discardNextKey: Work<'discardNextKey'> = (database, kid) =>
  database.write(async (tx) => {
    const next = tx.deleteFrom('signing_keys').where('kid', '=', kid).where('state', '=', 'next');
    return (await next.executeTakeFirst()).numDeletedRows === 1n;
  });

const reencryptKey: Work<'reencryptKey'> = (database, kid, encryptedPrivateKey) =>
  database.write(async (tx) => {
    await tx
      .updateTable('signing_keys')
      .where('kid', '=', kid)
      .where('state', '!=', 'revoked')
      .set({ encrypted_private_key: encryptedPrivateKey })
      .execute();
  });

function toKey(row: Selectable<SigningKeysTable>): StoredKey {
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    state: row.state,
    publicJwk: row.public_jwk,
    encryptedPrivateKey: row.encrypted_private_key,
    createdAt: row.created_at,
    activatedAt: row.activated_at,
    retiredAt: row.retired_at,
    unpublishedAt: row.unpublished_at,
  };
}
