import type { Command } from 'commander';
import type { User } from '../domain/user.ts';
import { registerRequest } from '../http/schemas.ts';
import { UsageError } from './report.ts';
import { administer, printTable, readLine } from './service.ts';

/** `latchstring users …` */
export function addUsersCommand(program: Command): void {
  const users = program.command('users').description('accounts');

  users
    .command('create <email>')
    .description('create an account; reads the password on standard input')
    .option('-r, --role <role...>', 'ids of roles')
    .option('-n, --name <name>', 'the name to show')
    .action(async (email: string, options: { role?: string[]; name?: string }, command: Command) => {
      if (process.stdin.isTTY) console.error('Type the password (15 characters or more), then Enter:');
      const password = await readLine();
      const { success, error, data } = registerRequest.safeParse({ email, password, name: options.name });
      if (!success) {
        const [issue] = error.issues;
        throw new UsageError(
          `This is no usable ${issue?.path.join() ?? 'account'}: ${issue?.message ?? ''}.`,
        );
      }
      const registration = { ...data, roles: options.role ?? [] };
      const user = await administer(command, ({ accounts }) => accounts.create(registration, undefined));
      say('created', user);
    });

  users
    .command('list')
    .description('list the accounts')
    .action(async (_options: object, command: Command) => {
      const all = await administer(command, ({ store }) => store.listUsers());
      const rows = all.map((user) => [user.id, user.email, user.roles.join(','), stateOf(user)]);
      printTable(['ID', 'EMAIL', 'ROLES', 'STATE'], rows);
    });

  users
    .command('disable <email>')
    .description('disable an account and end all of its sessions')
    .option('--reason <reason>', 'why', 'disabled')
    .action(async (email: string, { reason }: { reason: string }, command: Command) => {
      say('disabled', await administer(command, ({ accounts }) => accounts.disable(email, reason)));
    });

  users
    .command('enable <email>')
    .description('enable an account again')
    .action(async (email: string, _options: object, command: Command) => {
      say('enabled', await administer(command, ({ accounts }) => accounts.enable(email)));
    });

  users
    .command('roles <email> [role...]')
    .description('set the roles of an account, none to take all away')
    .action(async (email: string, roles: string[], _options: object, command: Command) => {
      say('changed', await administer(command, ({ accounts }) => accounts.setRoles(email, roles)));
    });
}

function say(what: string, user: User): void {
  const roles = user.roles.length === 0 ? 'no roles' : `roles: ${user.roles.join(', ')}`;
  console.log(`${what} ${user.email} (${user.id}), ${roles}`);
}

function stateOf(user: User): string {
  return user.disabledAt === null ? 'active' : `disabled (${user.disabledReason ?? ''})`;
}
