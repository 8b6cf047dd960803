import { once } from 'node:events';
import { freePort } from '@latchstring/testkit';
import type { LatchstringOptions } from 'latchstring';
import { closeGracefully } from 'latchstring/node';
import { startBackend } from '../../../scripts/lib/example-app.ts';
import { stopServices, untilReady } from '../../../scripts/lib/services.ts';
import { findTemplate } from '../../../scripts/lib/templates.ts';
import { ensureBuild } from '../../../scripts/setup/prepare.ts';
import { findNpm } from '../../../scripts/setup/toolchain.mjs';
import { createApp } from '../../backends/express/src/app.ts';
import { startAuthentication } from './authentication.ts';
import type { Authentication } from './authentication.ts';

/** A template as it is run by `npm run example`, on ports of its own: the built pages, the API, and Latchstring. */
export interface Example {
  /** Where the application is. */
  readonly url: string;
  readonly authentication: Authentication;
  stop(): Promise<void>;
}

/** An example whose clocks can be moved. */
export interface TimedExample extends Example {
  /** Moves the clocks of Latchstring and of the API, in milliseconds. The browser's stays. */
  advance(milliseconds: number): void;
}

async function ensurePages(): Promise<void> {
  process.env['npm_execpath'] ??= findNpm();
  await ensureBuild('everything');
}

/** Starts a template: its backend in a process of its own. */
export async function startTemplate(name: string): Promise<Example> {
  await ensurePages();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const authentication = await startAuthentication(url);
  const { issuer } = authentication;
  const backend = await startBackend(findTemplate(name), {
    PORT: String(port),
    LATCHSTRING_ISSUER: issuer,
    LATCHSTRING_AUDIENCE: issuer,
    LATCHSTRING_ORIGINS: url,
  });
  const stop = async (): Promise<void> => {
    await stopServices([backend]);
    await authentication.dispose();
  };
  try {
    await untilReady(backend, url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, authentication, stop };
}

/** Starts a frontend with the Express backend, in this very process, so that time can be handed in. */
export async function startExample(
  frontend: string,
  overrides: Partial<LatchstringOptions> = {},
): Promise<TimedExample> {
  await ensurePages();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  let offset = 0;
  const authentication = await startAuthentication(url, { clockOffset: () => offset, ...overrides });
  const { issuer } = authentication;

  const now = (): number => (Date.now() + offset) / 1000;
  // To the feed of revocations a quarter of an hour at once is a machine that slept: its routes would close for a moment.
  const revocations = { onStale: 'open' } as const;
  const latchstring = { issuer, audience: issuer, origins: [url], clockTolerance: 0, now, revocations };
  const pages = `${findTemplate(`${frontend}-express`).frontend}/dist`;
  const app = createApp({ latchstring, pages }).listen(port, '127.0.0.1');
  await once(app, 'listening');

  return {
    url,
    authentication,
    advance: (milliseconds) => (offset += milliseconds),
    async stop() {
      await closeGracefully(app, 1000);
      await authentication.dispose();
    },
  };
}
