import type { Command } from 'commander';
import { isPublished } from '../domain/key-plan.ts';
import type { KeyRing } from '../domain/key-ring.ts';
import { timestamp } from '../http/views.ts';
import { UsageError } from './report.ts';
import { administer, printTable } from './service.ts';

/** `latchstring keys …` */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('signing keys');

  keys
    .command('list')
    .description('list the keys and their states')
    .action(async (_options: object, command: Command) => {
      const reading = await administer(command, ({ store }) => store.readKeys());
      const rows = reading.keys.map((key) => [
        key.kid,
        key.algorithm,
        key.state,
        isPublished(key, reading.now) ? 'published' : '',
        timestamp(key.createdAt),
      ]);
      printTable(['KID', 'ALGORITHM', 'STATE', '', 'CREATED'], rows);
    });

  keys
    .command('rotate')
    .description('sign with the next key from now on; nobody is logged out')
    .option('--now', 'even if the next key is so new that verifiers may not know it yet')
    .action(async ({ now }: { now?: boolean }, command: Command) => {
      const kid = await administer(command, ({ keyRing }) => requireRing(keyRing).rotate(now === true));
      console.log(`signing with ${kid}`);
    });

  keys
    .command('revoke <kid>')
    .description('refuse everything that a key has signed, at once; clients refresh and go on')
    .action(async (kid: string, _options: object, command: Command) => {
      const state = await administer(command, async ({ store, keyRing }) => {
        const ring = requireRing(keyRing);
        const before = await store.revokeKey(kid, { kind: 'key_revoked', detail: { kid } });
        // Another key takes its place before this command says that it is done.
        await ring.refresh();
        return before;
      });
      if (state === undefined) throw new UsageError('There is no such key: see "latchstring keys list".');
      console.log(state === 'revoked' ? `${kid} was revoked before` : `revoked ${kid}`);
    });
}

function requireRing(ring: KeyRing | undefined): KeyRing {
  if (ring === undefined)
    throw new UsageError('With LATCHSTRING_HS256_SECRET there are no keys to manage: change that secret.');
  return ring;
}
