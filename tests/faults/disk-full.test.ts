import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROUTES } from '../../packages/protocol/src/index.ts';
import { sqliteProblems } from '../../packages/server/tests/store/databases.ts';
import { Agent } from '../../packages/server/tests/support/agent.ts';
import { runCommand } from '../../packages/server/tests/support/command.ts';
import { PASSWORD } from '../../packages/server/tests/support/service.ts';
import { DISKS } from './support/disks.ts';
import type { Disk } from './support/disks.ts';
import { begin, checkAll, createLedger, total, use } from './support/ledger.ts';
import type { Ledger } from './support/ledger.ts';
import { createDice } from './support/random.ts';
import { PATIENCE, scale } from './support/scale.ts';
import { serverEnvironment, startServer } from './support/server-process.ts';
import type { ServerProcess } from './support/server-process.ts';

const CLIENTS = 4;

/** Goes on until so many answers have said that the database is away. */
async function until(
  ledgers: readonly Ledger[],
  refused: number,
  work: (isOver: () => boolean) => Promise<unknown>,
) {
  const enough = total(ledgers, 'away') + refused;
  await work(() => total(ledgers, 'away') >= enough);
}

/** What a browser meets while nothing can be written: refusals that log nobody out. */
async function meetFullDisk(browser: Agent): Promise<void> {
  const cookies = new Map(browser.cookies);
  const refusals = [
    await browser.refresh(),
    await browser.post(ROUTES.logout),
    await browser.post(ROUTES.login, { email: 'ada@example.com', password: PASSWORD }),
  ];
  for (const { status, code, headers } of refusals) {
    expect([status, code]).toEqual([503, 'database_unavailable']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(browser.cookies).toEqual(cookies);
  // What only reads goes on.
  expect((await browser.session()).status).toBe(200);
}

describe.each(DISKS)('SQLite on %s', (_name, createDisk) => {
  async function run(disk: Disk, server: ServerProcess, environment: Readonly<Record<string, string>>) {
    const url = (): string => server.url;
    const dice = createDice(3);
    const browser = new Agent(server.url);
    await browser.register('ada@example.com');
    const ledgers = Array.from({ length: CLIENTS }, createLedger);
    await Promise.all(ledgers.map((ledger) => begin(ledger, server.url, dice)));
    const work = (isOver: () => boolean): Promise<unknown> =>
      Promise.all(ledgers.map((ledger) => use(ledger, url, dice, isOver)));
    for (let round = 0; round < scale(2, 40); round++) {
      disk.fill(server.pid);
      await until(ledgers, 20, work);
      await meetFullDisk(browser);
      disk.free(server.pid);
      expect((await browser.refresh()).status).toBe(200);
      await checkAll(ledgers, url, dice, 1);
      expect(ledgers.flatMap(({ violations }) => violations)).toEqual([]);
      expect(sqliteProblems(environment['LATCHSTRING_DATABASE_URL'] ?? '')).toEqual([]);
    }
    return ledgers;
  }

  test(
    'refuses with 503, loses nothing, logs nobody out, and goes on by itself',
    { timeout: PATIENCE },
    async () => {
      const disk = createDisk();
      const environment = serverEnvironment(`file:${join(disk.folder, 'data', 'test.db')}`);
      const server = await startServer(environment);
      try {
        await run(disk, server, environment);
      } finally {
        const log = await server.kill();
        disk.remove();
        expect(log, 'a defect of the server').not.toContain('internal_error');
      }
    },
  );
});

test.runIf(DISKS.length > 1)('a start on a full disk is one sentence and exit code 1', async () => {
  const disk = DISKS[1]![1]();
  disk.fill(0);
  const environment = serverEnvironment(`file:${join(disk.folder, 'test.db')}`);
  const { code, stdout, stderr } = await runCommand(['serve', '--port', '0'], environment);
  disk.remove();
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
