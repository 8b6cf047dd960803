import { ROUTES } from '@latchstring/protocol';
import { createSecrets } from '../../src/crypto/secrets.ts';
import type { KeyRing } from '../../src/domain/key-ring.ts';
import { parseRefreshToken } from '../../src/domain/refresh-token.ts';
import type { RefreshTokenFacts } from '../../src/domain/refresh.ts';
import type { Mac } from '../../src/ports/macs.ts';
import type { Dialect } from '../store/databases.ts';
import { headerOf } from '../support/forge.ts';
import type { ServiceUnderTest } from '../support/service.ts';
import { createWorld, logIn, signUp } from '../refresh/world.ts';
import type { Holder, Refreshed, World } from '../refresh/world.ts';
import type { Call, Result } from './account.ts';
import type { Operation } from './checker.ts';
import type { KeyCall, KeyResult } from './key-ring.ts';
import { SERVERS, SESSIONS } from './schedules.ts';
import type { Schedule, Step } from './schedules.ts';

/** What was seen of one account, and meanwhile of the keys. */
export interface Recording {
  /** The first token of each session. */
  readonly opened: readonly RefreshTokenFacts[];
  readonly account: readonly Operation<Call, Result>[];
  /** The current key at the beginning. */
  readonly kid: string;
  readonly keys: readonly Operation<KeyCall, KeyResult>[];
}

/** Servers on one database that share nothing else. */
export interface Servers {
  readonly world: World;
  /** Plays a schedule for a new person, and waits for every answer. */
  play(schedule: Schedule): Promise<Recording>;
  end(): Promise<void>;
}

const SECRET = 'qY5wKz8nRd3vTs7mXc2pJh6gLf9bUe4a';

/** Starts the servers. */
export async function startServers(dialect: Dialect): Promise<Servers> {
  const world = await createWorld(dialect, { secret: SECRET });
  const servers = [world.main];
  while (servers.length < SERVERS) servers.push(await world.start());
  const mac = createSecrets(SECRET, []).mac('refresh');
  let ahead = 0;

  async function play({ mode, rounds }: Schedule): Promise<Recording> {
    const first = await signUp(world.main.url, mode);
    const holders = [first];
    while (holders.length < SESSIONS) holders.push(await logIn(world.main.url, first));
    const player = new Player(servers, holders, mac, () => Date.now() + ahead);
    await player.confirmKeys();
    for (const { pause, clients } of rounds) {
      world.advance(pause);
      ahead += pause;
      await Promise.all(clients.map((steps) => player.client(steps)));
      await player.confirmKeys();
    }
    return player.recording();
  }

  return { world, play, end: () => world.end() };
}

/** The clients of one account, and what they see. */
class Player {
  readonly #servers: readonly ServiceUnderTest[];
  readonly #holders: readonly Holder[];
  readonly #mac: Mac;
  readonly #now: () => number;
  /** All tokens of each session, in the order in which they were received. */
  readonly #tokens: string[][];
  readonly #account: Operation<Call, Result>[] = [];
  readonly #keys: Operation<KeyCall, KeyResult>[] = [];
  #places = 0;
  #kid = '';

  constructor(servers: readonly ServiceUnderTest[], holders: readonly Holder[], mac: Mac, now: () => number) {
    this.#servers = servers;
    this.#holders = holders;
    this.#mac = mac;
    this.#now = now;
    this.#tokens = holders.map(({ refreshToken }) => [refreshToken]);
  }

  recording(): Recording {
    const opened = this.#holders.map(({ refreshToken }) => this.#facts(refreshToken));
    return { opened, account: this.#account, kid: this.#kid, keys: this.#keys };
  }

  /** Lets every server read the keys, as each does every half second. */
  async confirmKeys(): Promise<void> {
    for (const server of this.#servers) {
      const called = this.#places++;
      const ring = ringOf(server);
      await ring.refresh();
      const { kid } = await ring.signer();
      if (this.#kid === '') this.#kid = kid;
      else this.#keys.push({ call: { kind: 'confirm' }, result: { kid }, called, returned: this.#places++ });
    }
  }

  /** One thing after the other. */
  async client(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#take(step);
  }

  async #take(step: Step): Promise<void> {
    const server = this.#servers[step.server]!;
    const at = this.#now();
    const called = this.#places++;
    const saw = (call: Call, result: Result): void => {
      this.#account.push({ call, result, called, returned: this.#places++ });
    };
    switch (step.kind) {
      case 'refresh': {
        const token = this.#token(step.session, step.back);
        const refreshed = await this.#holders[step.session]!.refresh(token, server.url);
        saw({ kind: 'refresh', token: this.#facts(token), at }, this.#resultOf(step.session, refreshed));
        this.#noteSigner(refreshed, called);
        break;
      }
      case 'logout': {
        const holder = this.#holders[step.session]!;
        const { status } = await holder.post(ROUTES.logout, this.#token(step.session, 0), server.url);
        saw({ kind: 'logout', sessionId: holder.sessionId, at }, { kind: status === 204 ? 'done' : 'busy' });
        break;
      }
      case 'read': {
        const holder = this.#holders[step.session]!;
        const { status, code } = await holder.session(holder.accessToken, server.url);
        const kind = status === 200 ? 'alive' : RESULTS[code ?? ''];
        if (kind === undefined) throw new Error(`a session was read with ${code ?? status}`);
        saw({ kind: 'read', sessionId: holder.sessionId, at }, { kind });
        break;
      }
      case 'disable':
        await server.service.administration.accounts.disable(this.#holders[0]!.email, 'ban');
        saw({ kind: 'disable', at }, { kind: 'done' });
        break;
      case 'rotate': {
        const kid = await ringOf(server).rotate(true);
        this.#keys.push({ call: { kind: 'rotate' }, result: { kid }, called, returned: this.#places++ });
        break;
      }
    }
  }

  #token(session: number, back: number): string {
    const tokens = this.#tokens[session]!;
    return tokens[Math.max(0, tokens.length - 1 - back)]!;
  }

  #resultOf(session: number, { status, code, refreshToken }: Refreshed): Result {
    if (status === 200) {
      if (refreshToken !== undefined) this.#tokens[session]!.push(refreshToken);
      return { kind: 'served', minted: refreshToken === undefined ? undefined : this.#facts(refreshToken) };
    }
    const kind = RESULTS[code ?? ''];
    if (kind === undefined) throw new Error(`a refresh was answered with ${code ?? status}`);
    return { kind };
  }

  #noteSigner({ accessToken }: Refreshed, called: number): void {
    if (accessToken === undefined) return;
    const kid = String(headerOf(accessToken)['kid']);
    this.#keys.push({ call: { kind: 'sign' }, result: { kid }, called, returned: this.#places++ });
  }

  #facts(token: string): RefreshTokenFacts {
    const facts = parseRefreshToken(token, this.#mac);
    if (facts === undefined) throw new Error('a token was not issued here');
    return facts;
  }
}

/** What a refusal says of the account. */
const RESULTS: Readonly<Record<string, 'superseded' | 'over' | 'busy' | undefined>> = {
  refresh_superseded: 'superseded',
  session_ended: 'over',
  token_revoked: 'over',
  overloaded: 'busy',
  database_unavailable: 'busy',
};

function ringOf({ service }: ServiceUnderTest): KeyRing {
  const { keyRing } = service.administration;
  if (keyRing === undefined) throw new Error('there is a ring');
  return keyRing;
}
