import type { Command } from 'commander';
import { timestamp } from '../http/views.ts';
import { UsageError } from './report.ts';
import { administer } from './service.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

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

function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d{1,4})([smhd])$/.exec(text) ?? [];
  const duration = Number(amount) * UNITS[(unit ?? 's') as keyof typeof UNITS];
  if (!(duration > 0 && duration <= 30 * UNITS.d)) {
    throw new UsageError('A duration is a number with s, m, h or d, at most 30d, such as 12h.');
  }
  return duration;
}
