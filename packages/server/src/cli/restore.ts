import type { Command } from 'commander';
import { timestamp } from '../http/views.ts';
import { parseDuration } from './duration.ts';
import { administer } from './service.ts';

/** `latchstring restore` */
export function addRestoreCommand(program: Command): void {
  program
    .command('restore')
    .description(
      'say that the database was restored from a backup: backends keep what they know, and sessions that are newer than it go on for a while',
    )
    .option('--for <duration>', 'how long newer sessions are believed, such as 12h or 7d', '7d')
    .action(async (options: { for: string }, command: Command) => {
      const duration = parseDuration(options.for);
      const { until, sessions } = await administer(command, ({ store }) => store.declareRestored(duration));
      console.log(
        `a new epoch has begun; ${sessions} sessions in the backup; recovery is open until ${timestamp(until)}`,
      );
    });
}
