import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { ROUTES } from '../../../packages/protocol/src/index.ts';
import { pick } from './random.ts';
import type { Dice } from './random.ts';

/**
 * What becomes of a refresh between a browser and a server. `lost`: it never arrives. `unanswered`: its answer never comes back,
 * though it was committed. `cut`: the answer breaks off after its head, which sets the cookies. `twice`: two servers get it at
 * once. `echoed`: a server gets it again later. `held`: the browser hears nothing, a server gets it later.
 */
const FATES = ['right', 'lost', 'unanswered', 'cut', 'twice', 'echoed', 'held'] as const;
type Fate = (typeof FATES)[number];

/** How often each is, of a hundred. */
const WEIGHTS: Readonly<Record<Fate, number>> = {
  right: 68,
  lost: 6,
  unanswered: 8,
  cut: 4,
  twice: 7,
  echoed: 4,
  held: 3,
};

/** A refresh may arrive so long after it was sent, in milliseconds: the client has given up after 15 s, a server after 15 more. */
const LONGEST_LIFE = 28_000;

/** Headers that are about one connection, or written anew. */
const OWN_HEADERS = ['host', 'set-cookie', 'content-length', 'transfer-encoding', 'connection', 'keep-alive'];

interface Message {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Stands between browsers and servers, without sticky sessions. */
export interface Balancer {
  readonly origin: string;
  /** What servers have answered to refreshes, by status, and what was done to requests. */
  readonly answers: ReadonlyMap<number, number>;
  readonly fates: ReadonlyMap<Fate, number>;
  /** When the next held request is due, by {@link BalancerOptions.now}. */
  readonly due: number;
  /** Sends on what is due. */
  deliver(): void;
  /** Waits until no server has a request any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** What a balancer works on. */
export interface BalancerOptions {
  readonly dice: Dice;
  readonly urls: () => readonly string[];
  /** The moved time, in milliseconds. */
  readonly now: () => number;
}

/** Starts it on a free port of localhost. */
export async function startBalancer({ dice, urls, now }: BalancerOptions): Promise<Balancer> {
  const answers = new Map<number, number>();
  const fates = new Map<Fate, number>();
  const underWay = new Set<Promise<unknown>>();
  let held: { readonly at: number; readonly message: Message }[] = [];

  /** Sends a request to a server; undefined where that dies meanwhile. */
  async function ask({ method, path, headers, body }: Message): Promise<Reply | undefined> {
    // So that requests overtake each other.
    await setTimeout(4 * dice());
    try {
      const response = await fetch(pick(urls(), dice) + path, {
        method,
        headers: Object.entries(headers)
          .filter(([name]) => !OWN_HEADERS.includes(name))
          .map(([name, value]): [string, string] => [name, String(value)]),
        ...(method === 'GET' ? {} : { body: new Uint8Array(body) }),
      });
      const reply = {
        status: response.status,
        headers: response.headers,
        body: Buffer.from(await response.arrayBuffer()),
      };
      if (path === ROUTES.refresh) answers.set(reply.status, (answers.get(reply.status) ?? 0) + 1);
      return reply;
    } catch {
      return undefined;
    }
  }
  function send(message: Message): Promise<Reply | undefined> {
    const asking = ask(message);
    underWay.add(asking);
    void asking.finally(() => underWay.delete(asking));
    return asking;
  }
  const later = (message: Message): void =>
    void held.push({ at: now() + Math.ceil(dice() * LONGEST_LIFE), message });

  async function meet(fate: Fate, message: Message): Promise<Reply | undefined> {
    switch (fate) {
      case 'lost':
        return undefined;
      case 'held':
        later(message);
        return undefined;
      case 'unanswered':
        await send(message);
        return undefined;
      case 'twice': {
        const both = await Promise.all([send(message), send(message)]);
        return pick(both, dice);
      }
      case 'echoed':
        later(message);
        return send(message);
      case 'right':
      case 'cut':
        // A server that died in between: some balancers try the next one, others give up.
        return (await send(message)) ?? (dice() < 0.5 ? send(message) : undefined);
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    const fate = path === ROUTES.refresh ? roll(dice) : 'right';
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
    const reply = await meet(fate, { method, path, headers, body: Buffer.concat(chunks) });
    if (reply === undefined) response.destroy();
    else answer(response, reply, fate === 'cut');
  }

  const server = createServer((request, response) => void serve(request, response));
  await once(server.listen(0, 'localhost'), 'listening');
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    answers,
    fates,
    get due() {
      return Math.min(...held.map(({ at }) => at));
    },
    deliver() {
      const due = held.filter(({ at }) => at <= now());
      held = held.filter((one) => !due.includes(one));
      for (const { message } of due) void send(message);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function roll(dice: Dice): Fate {
  let rest = dice() * 100;
  for (const fate of FATES) {
    rest -= WEIGHTS[fate];
    if (rest < 0) return fate;
  }
  return 'right';
}

function answer(response: ServerResponse, { status, headers, body }: Reply, isCut: boolean): void {
  const length = isCut ? body.byteLength + 1 : body.byteLength;
  response.writeHead(status, [
    ...[...headers].filter(([name]) => !OWN_HEADERS.includes(name)).flat(),
    ...headers.getSetCookie().flatMap((cookie) => ['set-cookie', cookie]),
    ...['content-length', String(length)],
  ]);
  if (isCut) response.write(body, () => setImmediate(() => response.destroy()));
  else response.end(body);
}
