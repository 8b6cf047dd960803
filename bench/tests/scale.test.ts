import { expect, test } from 'vitest';
import { quickFigures } from './quick-run.ts';

test('the bench of scale ends with the named figures', { timeout: 120_000 }, async () => {
  const figures = await quickFigures('scale');
  expect(Object.keys(figures)).toEqual([
    'postgres_user_bytes',
    'postgres_session_bytes',
    'postgres_event_bytes',
    'postgres_revocation_bytes',
    'sqlite_user_bytes',
    'sqlite_session_bytes',
    'sqlite_event_bytes',
    'sqlite_revocation_bytes',
    'feed_event_bytes',
    'feed_heartbeat_bytes',
    'snapshot_entry_bytes',
    'wal_refresh_bytes',
    'refresh_cpu_us',
  ]);
  for (const figure of Object.values(figures)) expect(figure).toBeGreaterThan(0);
});
