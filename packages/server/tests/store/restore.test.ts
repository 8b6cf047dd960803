import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { DIALECTS, createUser, login, openTestStore } from './databases.ts';

const SESSIONS = 1100;

describe.each(DIALECTS)('a restore that is declared, on %s', (dialect) => {
  it('raises the version of every session once, however many there are, and begins an epoch', async () => {
    const { store, sql, drop } = await openTestStore(dialect);
    const { session } = await login(store, await createUser(store));
    const copies = Array.from({ length: SESSIONS - 1 }, () => uuidv7());
    for (const id of copies) {
      await sql(
        `insert into sessions select ?, user_id, mode, 3, generation, nonce, previous_nonce, promoted_at, created_at,
           last_used_at, idle_expires_at, expires_at, ended_at, end_reason, user_agent, ip, authenticated_at, methods
         from sessions where id = ?`,
        id,
        session.id,
      );
    }
    await store.appendRevocations([{ kind: 'token', jti: 'one' }]);
    const before = await store.revocationSnapshot();
    expect(await store.declareRestored(60_000)).toMatchObject({ sessions: SESSIONS });
    const versions = await sql<{ version: number; sessions: number }>(
      'select version, count(*) as sessions from sessions group by version order by version',
    );
    expect(versions).toEqual([
      { version: 2 ** 20 + 1, sessions: 1 },
      { version: 2 ** 20 + 3, sessions: SESSIONS - 1 },
    ]);
    const after = await store.revocationSnapshot();
    expect(after.records).toEqual(before.records);
    expect(after.position.seq).toBe(before.position.seq);
    expect(after.position.epoch).not.toBe(before.position.epoch);
    expect(await store.recoveryUntil()).toBeDefined();
    await store.appendRevocations([{ kind: 'token', jti: 'two' }]);
    expect((await store.revocationSnapshot()).position.seq).toBe(before.position.seq + 1);
    await drop();
  });
});
