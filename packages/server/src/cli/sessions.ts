import type { Command } from 'commander';
import { timestamp } from '../http/views.ts';
import { parseDuration } from './duration.ts';
import { administer } from './service.ts';

/** `latchstring sessions …` */
export function addSessionsCommand(program: Command): void {
  program
    .command('sessions')
    .description('sessions')
    .command('recover')
    .description('after a backup was restored: believe refresh tokens that are newer than it, for a while')
    .requiredOption('--for <duration>', 'for how long, such as 12h or 7d')
    .action(async (options: { for: string }, command: Command) => {
      const duration = parseDuration(options.for);
      const until = await administer(command, ({ store }) =>
        store.openRecovery(duration, { kind: 'recovery_opened' }),
      );
      console.log(`recovery is open until ${timestamp(until)}`);
    });
}
