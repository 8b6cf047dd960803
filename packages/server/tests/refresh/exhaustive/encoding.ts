import type { RefreshState } from '../../../src/domain/refresh.ts';
import { remembered } from './browser.ts';
import type { Setting } from './setting.ts';
import { NONCES, nonceOf, rowOf } from './state.ts';
import type { Cookie, Request, Stage, State, Token } from './state.ts';

const STAGES: readonly Stage[] = ['sent', 'missed', 'suspected', 'ahead', 'committed', 'answered', 'gone'];
const OWNERS: readonly Token['owner'][] = ['person', 'thief', 'both'];

/** The moment and the row's generation of a state that is read; any will do. */
const NOW = 1000;
const GENERATION = 100;
/** Added to what may be negative. */
const SHIFT = 16;
const NOTHING = 255;

/**
 * Writes states as few bytes, so that two states that nothing can tell apart are mostly written alike, and two that
 * something can tell apart never are. Moments become ages and end where the rules stop to ask; generations are
 * relative to the row's; nonces are numbered as they appear; what may come in any order is sorted.
 */
export class Encoder {
  readonly bytes: Uint8Array = new Uint8Array(256);
  length = 0;
  readonly #setting: Setting;
  readonly #numbers = new Uint8Array(NONCES.length);
  #nonces = 0;
  #state!: State;
  /** The oldest generation that any row may be at again. */
  #oldest = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  write(state: State): void {
    const { row, backup, winner, loot } = state;
    this.#state = state;
    this.#oldest = Math.min(row.generation, backup?.generation ?? row.generation);
    this.#numbers.fill(0);
    this.#nonces = 0;
    this.length = 0;
    const cookies = remembered(this.#setting, state);
    this.#put(
      (row.endedAt === null ? 0 : 1) +
        (state.restore === 'behind us' ? 2 : 0) +
        (winner === undefined ? 0 : 4 + 4 * OWNERS.indexOf(winner.party)),
    );
    this.#put(winner === undefined ? 0 : this.#windowAge(winner.at));
    this.#putBoth(state.thefts, state.overturned);
    this.#putBoth(cookies.length, loot.length);
    this.#putBoth(state.requests.length, backup === undefined ? 0 : 1);
    this.#row(row);
    if (backup !== undefined) this.#row(backup);
    cookies.forEach((cookie, i) => {
      this.#token(cookie.token);
      // When the first was stored nobody asks: there is none before it to go back to.
      this.#put(i === 0 ? 0 : state.now - cookie.at);
    });
    for (const token of this.#sorted(loot, (token) => this.#tokenKey(token))) this.#token(token);
    const isOrdered = !this.#setting.features.has('reordering');
    const requests = isOrdered
      ? state.requests
      : this.#sorted(state.requests, (request) => this.#requestKey(request));
    for (const request of requests) this.#request(request);
  }

  /** Two small counts. */
  #putBoth(low: number, high: number): void {
    if (low > 15 || high > 15) throw new RangeError('There are too many things of a kind in the state.');
    this.#put(low + 16 * high);
  }

  #put(byte: number): void {
    if (byte < 0 || byte > 255) throw new RangeError('The state does not fit into its bytes.');
    this.bytes[this.length++] = byte;
  }

  #row({ generation, nonce, previousNonce, promotedAt }: RefreshState): void {
    this.#put(generation - this.#state.row.generation + SHIFT);
    this.#put(this.#number(nonce));
    this.#put(previousNonce === null ? 0 : this.#number(previousNonce));
    this.#put(promotedAt === null ? NOTHING : this.#windowAge(promotedAt));
  }

  #token(token: Token): void {
    const lead = this.#lead(token);
    this.#put(4 * lead + OWNERS.indexOf(token.owner));
    this.#put(lead === 0 ? 0 : this.#number(token.nonce));
    this.#put(this.#hasParent(token) ? this.#number(token.parentNonce) : 0);
    this.#put(this.#age(token));
  }

  #request(request: Request): void {
    this.#put(this.#stage(request));
    this.#put(this.#state.now - request.sentAt);
    this.#token(request.token);
    if (request.minted !== undefined) this.#token(request.minted);
    if (request.seen === undefined) return;
    this.#put(request.seen.generation - this.#state.row.generation + SHIFT);
    this.#put(this.#number(request.seen.nonce));
  }

  #stage({ stage, isAwaited, isForgotten, isCopied }: Request): number {
    return STAGES.indexOf(stage) + (isAwaited ? 8 : 0) + (isForgotten ? 16 : 0) + (isCopied ? 32 : 0);
  }

  /** 0 for what is two generations behind whatever the row may be set back to: it is never asked for its nonce again. */
  #lead({ generation }: Token): number {
    return generation < this.#oldest - 1 ? 0 : generation - this.#state.row.generation + SHIFT;
  }

  /** Only a token that is ahead of its row is asked for its parent, and only one that is not behind it for its age. */
  #hasParent({ generation }: Token): boolean {
    return generation > this.#oldest;
  }

  #age({ generation, issuedAt }: Token): number {
    if (generation < this.#oldest) return 0;
    return Math.min(this.#state.now - issuedAt, this.#setting.times.minimumAge);
  }

  #windowAge(at: number): number {
    return Math.min(this.#state.now - at, this.#setting.times.supersededWindow + 1);
  }

  #number(nonce: Uint8Array): number {
    const id = nonce[0] ?? 0;
    if (id === 0) return 0;
    return (this.#numbers[id] ||= ++this.#nonces);
  }

  // Names that were given already sort; the others are given in the order that comes of it.
  #tokenKey(token: Token): number {
    const known = (nonce: Uint8Array): number => this.#numbers[nonce[0] ?? 0] ?? 0;
    const lead = this.#lead(token);
    let key = 4 * lead + OWNERS.indexOf(token.owner);
    key = 64 * key + this.#age(token);
    key = 32 * key + (lead === 0 ? 0 : known(token.nonce));
    return 32 * key + (this.#hasParent(token) ? known(token.parentNonce) : 0);
  }

  #requestKey(request: Request): number {
    const { token, minted, sentAt } = request;
    const own = 16 * this.#stage(request) + this.#state.now - sentAt;
    return own * 2 ** 24 + this.#tokenKey(token) + (minted === undefined ? 0 : this.#age(minted) / 64);
  }

  #sorted<Item>(items: readonly Item[], keyOf: (item: Item) => number): readonly Item[] {
    if (items.length < 2) return items;
    return items
      .map((item) => ({ item, key: keyOf(item) }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  }
}

/** A state's encoding, a character a byte. */
export function encodingOf(setting: Setting, state: State): string {
  const encoder = new Encoder(setting);
  encoder.write(state);
  return Buffer.from(encoder.bytes.subarray(0, encoder.length)).toString('latin1');
}

/** Reads what an encoder has written, from a place in some bytes. */
export function decode(bytes: Uint8Array, start: number): State {
  let at = start;
  let nonces = 0;
  const take = (): number => bytes[at++] ?? 0;
  const nonce = (number: number): Uint8Array => {
    nonces = Math.max(nonces, number);
    return nonceOf(number);
  };
  const row = (endedAt: number | null): RefreshState => {
    const generation = take() - SHIFT + GENERATION;
    const current = nonce(take());
    const previous = take();
    const age = take();
    const promotedAt = age === NOTHING ? null : NOW - age;
    return rowOf(generation, current, previous === 0 ? null : nonce(previous), promotedAt, endedAt);
  };
  const token = (): Token => {
    const first = take();
    const lead = first >> 2;
    return {
      sessionId: 'session',
      owner: OWNERS[first & 3] ?? 'both',
      generation: GENERATION + lead - SHIFT,
      nonce: nonce(take()),
      parentNonce: nonce(take()),
      issuedAt: NOW - take(),
    };
  };
  const cookie = (): Cookie => ({ token: token(), at: NOW - take() });
  const request = (): Request => {
    const first = take();
    const stage = STAGES[first & 7] ?? 'gone';
    const sentAt = NOW - take();
    return {
      stage,
      sentAt,
      isAwaited: (first & 8) > 0,
      isForgotten: (first & 16) > 0,
      isCopied: (first & 32) > 0,
      token: token(),
      minted: stage === 'committed' || stage === 'answered' ? token() : undefined,
      seen: stage === 'ahead' ? { generation: take() - SHIFT + GENERATION, nonce: nonce(take()) } : undefined,
    };
  };
  const several = <Item>(count: number, read: () => Item): Item[] => Array.from({ length: count }, read);

  const flags = take();
  const wonAt = NOW - take();
  const counts = take();
  const held = take();
  const rest = take();
  const party = flags >> 2 === 0 ? undefined : (['person', 'thief'] as const)[(flags >> 2) - 1];
  const state: State = {
    now: NOW,
    restore: (flags & 2) > 0 ? 'behind us' : 'ahead of us',
    winner: party && { party, at: wonAt },
    thefts: counts & 15,
    overturned: counts >> 4,
    row: row((flags & 1) > 0 ? NOW : null),
    backup: (rest & 16) > 0 ? row(null) : undefined,
    cookies: several(held & 15, cookie),
    loot: several(held >> 4, token),
    requests: several(rest & 15, request),
    nonces: 0,
  };
  return { ...state, nonces };
}
