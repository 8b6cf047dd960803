import type { Command } from 'commander';
import { administer } from './service.ts';

/** `latchstring secret …` */
export function addSecretCommand(program: Command): void {
  program
    .command('secret')
    .description('the secret')
    .command('rotate')
    .description(
      'encrypt the signing keys under LATCHSTRING_SECRET, once servers with it run; the old one stays in LATCHSTRING_SECRET_PREVIOUS',
    )
    .action(async (_options: object, command: Command) => {
      const count = await administer(command, async ({ store, keyVault }) => {
        const { keys } = await store.readKeys();
        const living = keys.filter((key) => key.state !== 'revoked');
        for (const key of living) await store.reencryptKey(key.kid, keyVault.reencrypt(key));
        return living.length;
      });
      console.log(`${count} keys are encrypted under the current secret`);
    });
}
