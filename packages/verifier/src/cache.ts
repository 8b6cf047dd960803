/** How much a cache may hold. */
export interface CacheBounds {
  readonly entries: number;
  readonly bytes: number;
}

// What counts as the end of a token: five digits of base64url. The very last one may have unused bits.
const KEY_LENGTH = 5;

/**
 * What a token is looked up by: a number from the end of its signature, which nobody chooses who cannot sign. An integer costs nothing to
 * hash and to compare; where two tokens share one, the later takes the place of the former.
 */
function keyOf(token: string): number {
  const end = token.length - 1;
  let key = 0;
  for (let at = end - KEY_LENGTH; at < end; at++) key = (key << 6) ^ token.charCodeAt(at);
  return key;
}

/**
 * Keeps what was used lately, bounded by entries and by bytes.
 *
 * Two generations take turns, each with half of the bounds: what is used goes into the newer one, and the older one is dropped as a whole,
 * so that nothing has to be moved when it is used.
 */
export class RecentCache<Value extends { readonly token: string }> {
  readonly #most: number;
  readonly #mostBytes: number;
  readonly #overhead: number;
  #newer = new Map<number, Value>();
  #older = new Map<number, Value>();
  /** Of the newer one. */
  #bytes = 0;

  /** `overhead`: the bytes that an entry counts for beside its token. */
  constructor({ entries, bytes }: CacheBounds, overhead = 0) {
    this.#most = Math.floor(entries / 2);
    this.#mostBytes = bytes / 2;
    this.#overhead = overhead;
  }

  get size(): number {
    return this.#values().size;
  }

  /** The bytes that its entries count for. */
  get bytes(): number {
    return [...this.#values()].reduce((sum, { token }) => sum + this.#weigh(token), 0);
  }

  /** What is kept for a token, which stays for another turn. */
  get(token: string): Value | undefined {
    const key = keyOf(token);
    const value = this.#newer.get(key);
    if (value?.token === token) return value;
    const older = this.#older.get(key);
    if (older?.token !== token) return undefined;
    this.set(older);
    return older;
  }

  /** Keeps a value, unless it is too large. */
  set(value: Value): void {
    const key = keyOf(value.token);
    const weight = this.#weigh(value.token);
    if (weight > this.#mostBytes || this.#most < 1) return;
    const former = this.#newer.get(key);
    if (former !== undefined) this.#drop(key, former);
    if (this.#newer.size >= this.#most || this.#bytes + weight > this.#mostBytes) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#bytes = 0;
    }
    this.#newer.set(key, value);
    this.#bytes += weight;
  }

  delete(token: string): void {
    const key = keyOf(token);
    const value = this.#newer.get(key);
    if (value?.token === token) this.#drop(key, value);
    if (this.#older.get(key)?.token === token) this.#older.delete(key);
  }

  #drop(key: number, value: Value): void {
    this.#newer.delete(key);
    this.#bytes -= this.#weigh(value.token);
  }

  #weigh(token: string): number {
    // A character takes two bytes at the most.
    return 2 * token.length + this.#overhead;
  }

  #values(): ReadonlySet<Value> {
    return new Set([...this.#newer.values(), ...this.#older.values()]);
  }
}
