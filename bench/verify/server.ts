/**
 * The servers of the bench, in a process of their own: `server.ts STACK ISSUER`. Each variant answers the same text on the same
 * route; they differ only in what stands before it.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createPublicKey } from 'node:crypto';
import fastifyJwt from '@fastify/jwt';
import { getRequestListener } from '@hono/node-server';
import { ACCESS_TOKEN_TYPE } from '@latchstring/protocol';
import { createVerifier, staticKeys } from '@latchstring/verifier';
import { createGuard as createExpressGuard } from '@latchstring/verifier/express';
import { guard as fastifyGuard } from '@latchstring/verifier/fastify';
import { createGuard as createHonoGuard } from '@latchstring/verifier/hono';
import { createGuard as createHttpGuard } from '@latchstring/verifier/http';
import express from 'express';
import { expressjwt } from 'express-jwt';
import { fastify, type FastifyInstance } from 'fastify';
import { Hono } from 'hono';
import { jwk as honoJwk } from 'hono/jwk';
import { serveParent, type Ports } from '../lib/child.ts';
import type { PublicIssuer } from '../lib/tokens.ts';

const ANSWER = 'ok';
const [stack = '', given = ''] = process.argv.slice(2);
const { issuer, audience, jwk } = JSON.parse(given) as PublicIssuer;
const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
const pem = publicKey.export({ type: 'spki', format: 'pem' });
const verifier = createVerifier({
  issuer,
  audience,
  algorithms: ['ES256'],
  keys: staticKeys({ keys: [jwk] }),
});

const STACKS: Readonly<Record<string, () => Promise<Ports>>> = {
  'node:http': serveHttp,
  Fastify: serveFastify,
  Hono: serveHono,
  Express: serveExpress,
};

async function serveHttp(): Promise<Ports> {
  const handler: RequestListener = (_, response) => response.end(ANSWER);
  return {
    bare: await listen(createServer(handler)),
    latchstring: await listen(
      createServer(createHttpGuard(verifier).required((_, response) => response.end(ANSWER))),
    ),
  };
}

async function serveFastify(): Promise<Ports> {
  const bare = fastify();
  bare.get('/', async () => ANSWER);

  const own = fastify();
  await own.register(fastifyGuard, { verifier });
  own.get('/', { onRequest: own.guard.required() }, async () => ANSWER);

  const peer = fastify();
  await peer.register(fastifyJwt, {
    secret: { public: pem },
    verify: { algorithms: ['ES256'], allowedIss: issuer, allowedAud: audience, cache: true },
  });
  const verify = async (request: { jwtVerify(): Promise<unknown> }): Promise<void> => {
    await request.jwtVerify();
  };
  peer.get('/', { onRequest: verify }, async () => ANSWER);

  const port = async (app: FastifyInstance): Promise<number> => {
    await app.ready();
    return listen(app.server);
  };
  return { bare: await port(bare), latchstring: await port(own), '@fastify/jwt': await port(peer) };
}

async function serveHono(): Promise<Ports> {
  const bare = new Hono().get('/', (context) => context.text(ANSWER));
  const own = new Hono().get('/', createHonoGuard(verifier).required(), (context) => context.text(ANSWER));
  const protect = honoJwk({
    keys: [jwk],
    alg: ['ES256'],
    verification: { typ: ACCESS_TOKEN_TYPE, iss: issuer, aud: audience },
  });
  const peer = new Hono().get('/', protect, (context) => context.text(ANSWER));
  const port = (app: { readonly fetch: Hono['fetch'] }): Promise<number> => {
    const listener = getRequestListener(app.fetch);
    return listen(createServer((request, response) => void listener(request, response)));
  };
  return { bare: await port(bare), latchstring: await port(own), 'hono/jwk': await port(peer) };
}

async function serveExpress(): Promise<Ports> {
  const answer: express.RequestHandler = (_, response) => {
    response.send(ANSWER);
  };
  const protect = expressjwt({ secret: publicKey, algorithms: ['ES256'], issuer, audience });
  const port = (app: express.Express): Promise<number> => listen(createServer(app));
  return {
    bare: await port(express().get('/', answer)),
    latchstring: await port(express().get('/', createExpressGuard(verifier).required(), answer)),
    'express-jwt': await port(express().get('/', protect, answer)),
  };
}

async function listen(server: Server): Promise<number> {
  // A connection waits while the other variants have their rounds.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const serve = STACKS[stack];
if (serve === undefined) throw new TypeError(`There is no stack "${stack}".`);
serveParent(await serve());
