import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { REVOCATIONS_TYPE, formatPosition, parsePosition, type RevocationEntry } from '@latchstring/protocol';
import { compact, ISSUER, KEY, token, type Json, type TestKey } from '../support.ts';
import type { World } from './world.ts';

/** An event as the issuer signs it, with whatever is changed about it. */
export function signEvent(claims: Json, { key = KEY, header = {} }: Signing = {}): string {
  const full = { alg: key.alg, kid: key.kid, typ: REVOCATIONS_TYPE, ...header };
  return compact(JSON.stringify(full), JSON.stringify(claims), (data) => key.sign(data));
}

interface Signing {
  readonly key?: TestKey;
  readonly header?: Json;
}

interface Recorded {
  readonly seq: number;
  readonly jws: string;
}

/** Plays the issuer over real HTTP, by the script of a test. */
export class ScriptedIssuer {
  readonly #world: World;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly streams: Set<ServerResponse>;
  readonly #polls = new Set<() => void>();
  readonly requests: string[] = [];
  epoch = 'first';
  seq = 10;
  retention = 1020;
  entries: RevocationEntry[] = [];
  signing: Signing = {};
  /** Seconds by which its clock is off. */
  skew = 0;
  /** How its streams go: `held` back by a proxy with or without the head of the answer, or as they should. */
  streaming: 'right' | 'held' | 'headless' = 'right';
  isCut = false;
  /** Takes requests and answers none. */
  isHanging = false;
  /** What it answers instead of all else. */
  refuses: { readonly status: number; readonly headers: OutgoingHttpHeaders } | undefined;
  #events: Recorded[] = [];
  #lastBeat = '';
  #lastTime = 0;

  constructor(world: World) {
    this.#world = world;
    this.streams = new Set();
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      if (this.isCut) socket.destroy();
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return `http://localhost:${String((this.#server.address() as AddressInfo).port)}/revocations`;
  }

  async listen(): Promise<this> {
    await once(this.#server.listen(0, 'localhost'), 'listening');
    return this;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  get connections(): number {
    return this.#sockets.size;
  }

  claims(changes: Json = {}): Json {
    this.#lastTime = Math.max(this.#world.time + this.skew, this.#lastTime + 1e-6);
    const { epoch, seq, retention } = this;
    return { iss: ISSUER, epoch, seq, after: seq, time: this.#lastTime, retention, entries: [], ...changes };
  }

  /** Signs an event and moves on in the log, without a word to anybody. */
  record(...entries: readonly RevocationEntry[]): string {
    this.entries.push(...entries);
    this.seq++;
    const jws = signEvent(this.claims({ after: this.seq - 1, entries }), this.signing);
    this.#events.push({ seq: this.seq, jws });
    return jws;
  }

  /** Revokes and tells all. */
  revoke(...entries: readonly RevocationEntry[]): void {
    this.tell(this.record(...entries));
  }

  beat(): void {
    this.#lastBeat = signEvent(this.claims(), this.signing);
    if (this.streaming === 'right') this.tell(this.#lastBeat);
  }

  /** Sends the very texts to all who listen. */
  tell(...texts: readonly string[]): void {
    for (const stream of this.streaming === 'right' ? this.streams : [])
      stream.write(texts.map((jws) => `id: x\r\ndata: ${jws}\r\n\r\n`).join(''));
    this.wakePolls();
  }

  /** Another database, restored from an older copy. */
  restore(epoch: string, seq: number): void {
    Object.assign(this, { epoch, seq });
    this.#events = [];
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  snapshot(): string {
    return signEvent(this.claims({ snapshot: true, entries: this.entries }), this.signing);
  }

  /** Lets the long polls that wait answer with a heartbeat, as they do when they have waited. */
  endPolls(): void {
    this.beat();
    this.wakePolls();
  }

  wakePolls(): void {
    for (const wake of [...this.#polls]) wake();
  }

  /** A heartbeat that is not sent. */
  held(): string {
    return signEvent(this.claims(), this.signing);
  }

  /** Forgets what its last time was, as another server would. */
  resetTime(): void {
    this.#lastTime = 0;
  }

  get polls(): number {
    return this.#polls.size;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    const isStream = request.headers.accept === 'text/event-stream';
    const after = isStream ? String(request.headers['last-event-id']) : query.get('after');
    this.requests.push(`${isStream ? 'stream' : after === null ? 'snapshot' : 'poll'} ${after ?? ''}`.trim());
    if (this.isHanging) return;
    if (this.refuses !== undefined) {
      response.writeHead(this.refuses.status, this.refuses.headers).end('no');
      return;
    }
    if (isStream) this.#stream(response, String(after));
    else if (after === null) response.setHeader('content-type', 'application/jwt').end(this.snapshot());
    else this.#poll(response, after);
  }

  #missed(after: string): string[] {
    const position = parsePosition(after);
    if (position?.epoch !== this.epoch || position.seq > this.seq) return [this.snapshot()];
    return this.#events.filter(({ seq }) => seq > position.seq).map(({ jws }) => jws);
  }

  #stream(response: ServerResponse, after: string): void {
    this.streams.add(response);
    response.once('close', () => this.streams.delete(response));
    if (this.streaming === 'headless') return;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).flushHeaders();
    if (this.streaming === 'held') return;
    response.write(': welcome\n\nretry: 1000\n\n');
    for (const jws of this.#missed(after)) response.write(`data: ${jws}\n\n`);
  }

  #poll(response: ServerResponse, after: string): void {
    response.setHeader('content-type', 'application/jwt');
    const missed = this.#missed(after);
    if (missed.length > 0) {
      response.end(`${missed.join('\n')}\n`);
      return;
    }
    const wake = (): void => {
      this.#polls.delete(wake);
      const news = this.#missed(after);
      response.end(`${(news.length > 0 ? news : [this.#lastBeat]).join('\n')}\n`);
    };
    this.#polls.add(wake);
    response.once('close', () => this.#polls.delete(wake));
  }

  readonly publicJwk: Json = KEY.jwk;

  /** A token of now, by the key that signs the feed. */
  token(now: number): string {
    return token({ iat: now, exp: now + 900 });
  }

  get position(): string {
    return formatPosition({ epoch: this.epoch, seq: this.seq });
  }
}
