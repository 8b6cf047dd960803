/** An Express application in a process of its own, for the tests of other languages to compare their answers with. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import { createGuard, principalOf } from '../../src/adapters/express/index.ts';
import { createVerifier, staticKeys } from '../../src/index.ts';

interface Given {
  readonly issuer: string;
  readonly audience: string;
  readonly origins: readonly string[];
  /** Left out, the issuer's keys are loaded and its feed is followed. */
  readonly jwks?: Parameters<typeof staticKeys>[0];
  /** Where the feed is, with keys that are given. */
  readonly feed?: string;
}

const { jwks, feed, ...options } = JSON.parse(process.argv[2] ?? '') as Given;
const revocations = feed === undefined ? undefined : { url: feed, onFailure: () => undefined };
const verifier = createVerifier({
  ...options,
  ...(jwks === undefined ? {} : { keys: staticKeys(jwks), revocations }),
});
const guard = createGuard(verifier);
const answer: RequestHandler = (request, response) => {
  response.json({ subject: principalOf(request).subject });
};
const app = express();
app.all('/me', guard.required(), answer);
app.get('/admin', guard.required({ roles: ['admin'] }), answer);
const server = createServer({ maxHeaderSize: 64 * 1024 }, app);
server.listen(0, 'localhost', () => {
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});
process.stdin.on('end', () => process.exit()).resume();
