import { show } from '../lib/command.ts';
import { chosenPorts } from '../lib/example-app.ts';
import { COMMAND_LINE, localSettings, namesAnotherServer } from '../lib/local-server.ts';

/** The server's command line, on the database of `npm start` unless the environment names another. */
export function run(args: readonly string[]): Promise<number> {
  const ports = chosenPorts();
  const local = namesAnotherServer(process.env) ? {} : localSettings(ports.server, ports.app);
  return show(process.execPath, [COMMAND_LINE, ...args], { env: { ...local, ...process.env } });
}
