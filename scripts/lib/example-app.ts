import { join } from 'node:path';
import { ensurePython } from '../setup/python.ts';
import { COMMAND_LINE, backendEnvironment, localSettings } from './local-server.ts';
import { isPortTaken, portFrom } from './ports.ts';
import { PYTHON } from './python.ts';
import { startService, stopServices, untilReady } from './services.ts';
import type { Service } from './services.ts';
import { untilAskedToStop } from './signals.mjs';
import { findTemplate, isPython } from './templates.ts';
import type { Template } from './templates.ts';
import { ROOT } from './workspace.ts';

const INSTRUCTIONS = `
  To make the first administrator, in a second terminal (it reads the password from standard input):
    npm run latchstring -- users create you@example.com --role admin
  or sign up in the app first, and then:
    npm run latchstring -- users roles you@example.com admin
`;

interface Ports {
  readonly server: number;
  readonly app: number;
}

/** The ports of `npm start`, by the variables that choose others. */
export function chosenPorts(): Ports {
  return { server: portFrom('LATCHSTRING_PORT', 4000), app: portFrom('PORT', 5173) };
}

async function refuseTakenPort(port: number, what: string, variable: string): Promise<void> {
  if (!(await isPortTaken(port))) return;
  throw new Error(
    `Port ${port} (${what}) is in use; free it, or choose another: ${variable}=${port + 1} npm start`,
  );
}

async function bringUp(template: Template, ports: Ports, services: Service[]): Promise<void> {
  const settings = { ...localSettings(ports.server, ports.app), ...process.env };
  console.log(`Starting the Latchstring server on port ${ports.server} …`);
  const server = startService('server', [COMMAND_LINE, 'serve'], settings);
  services.push(server);
  console.log(`Starting the example ${template.name} on port ${ports.app} …`);
  const app = await startBackend(template, { ...backendEnvironment(settings), PORT: String(ports.app) });
  services.push(app);
  await untilReady(server, `http://localhost:${ports.server}/readyz`);
  await untilReady(app, `http://localhost:${ports.app}/`);
}

async function runUntilEnd(services: readonly Service[], asked: Promise<'asked'>): Promise<number> {
  const ends = services.map(({ name, ended }) => ended.then(() => name));
  const first = await Promise.race([asked, ...ends]);
  if (first === 'asked') return 0;
  console.error(`${first} ended, so everything stops.`);
  return 1;
}

/** Starts a template's backend, with the built pages of its frontend. */
export async function startBackend(template: Template, env: NodeJS.ProcessEnv): Promise<Service> {
  const { frontend, backend } = template;
  const pages = { PAGES: join(frontend, 'dist') };
  if (!isPython(template)) return startService('app', ['start.ts'], { ...env, ...pages }, backend);
  await ensurePython();
  const args = [join(ROOT, 'scripts/lib/run-child.mjs'), PYTHON, 'start.py'];
  // What it prints is shown as it comes, and its folder stays as it is.
  const python = { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };
  return startService('app', args, { ...env, ...pages, ...python }, backend);
}

/**
 * Runs the Latchstring server on SQLite in `.latchstring/` and an example beside it, until it is asked to stop or one of
 * them ends. Answers the exit code: 0 only if it was asked.
 */
export async function runExample(name: string): Promise<number> {
  const template = findTemplate(name);
  const ports = chosenPorts();
  await refuseTakenPort(ports.server, 'the Latchstring server', 'LATCHSTRING_PORT');
  await refuseTakenPort(ports.app, 'the example app', 'PORT');

  const asked = untilAskedToStop();
  const services: Service[] = [];
  try {
    const up = await Promise.race([asked, bringUp(template, ports, services)]);
    if (up === 'asked') return 0;
    console.log(INSTRUCTIONS);
    console.log(`Latchstring is ready: http://localhost:${ports.app} (Ctrl-C stops everything)`);
    return await runUntilEnd(services, asked);
  } finally {
    await stopServices(services);
  }
}
