import { join } from 'node:path';
import type { VerifierOptions } from '@latchstring/verifier';

/** Where the application listens and finds its pages, and what it needs to know of the Latchstring server. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** The folder with what the frontend's `npm run build` has made. */
  readonly pages: string;
  readonly latchstring: VerifierOptions;
}

/** Reads the very variables that the Latchstring server reads, so that both agree. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const port = Number(environment['PORT'] ?? 5173);
  const issuer = environment['LATCHSTRING_ISSUER'] ?? 'http://localhost:4000';
  const audience = environment['LATCHSTRING_AUDIENCE'] ?? issuer;
  const origins = (environment['LATCHSTRING_ORIGINS'] ?? `http://localhost:${port}`).split(/\s*,\s*/);
  return {
    host: environment['HOST'] ?? '127.0.0.1',
    port,
    pages: environment['PAGES'] ?? join(import.meta.dirname, '../../frontend/dist'),
    latchstring: { issuer, audience, origins },
  };
}
