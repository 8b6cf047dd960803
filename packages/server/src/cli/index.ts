import { Command } from 'commander';
import { VERSION } from '../version.ts';
import { addKeysCommand } from './keys.ts';
import { report } from './report.ts';
import { addRestoreCommand } from './restore.ts';
import { addSecretCommand } from './secret.ts';
import { addServeCommand } from './serve.ts';
import { addSessionsCommand } from './sessions.ts';
import { addTokenCommand } from './token.ts';
import { addUsersCommand } from './users.ts';

/** Runs the command line. Sets the exit code; answers when the command is done (`serve`: when it was stopped). */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('latchstring')
    .description(
      'A self-hosted authentication service. Settings come from LATCHSTRING_… or a configuration file.',
    )
    .version(VERSION)
    .option('-c, --config <file>', 'a configuration file in JSON; the environment wins over it')
    .showHelpAfterError();
  addServeCommand(program);
  addUsersCommand(program);
  addKeysCommand(program);
  addSessionsCommand(program);
  addRestoreCommand(program);
  addSecretCommand(program);
  addTokenCommand(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    report(error);
    process.exitCode = 1;
  }
}
