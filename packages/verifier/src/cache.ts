/** How much a cache may hold. */
export interface CacheBounds {
  readonly entries: number;
  readonly bytes: number;
}

interface Item<Value> {
  readonly value: Value;
  /** The bytes that it counts for. */
  readonly weight: number;
  /** The item that was used just after this one, and the one just before. */
  newer: Item<Value> | undefined;
  older: Item<Value> | undefined;
}

/**
 * What a token is looked up by: its end, a part of its signature, which is as good as the whole (an item is taken for the very token
 * only) and a tenth of the work to hash.
 */
function keyOf(token: string): string {
  return token.slice(-43);
}

/**
 * Keeps what was used last, bounded by entries and by bytes. A list holds the order of use: to ask a Map for its first key costs the
 * more the more was deleted before it.
 */
export class RecentCache<Value extends { readonly token: string }> {
  readonly #items = new Map<string, Item<Value>>();
  readonly #bounds: CacheBounds;
  #newest: Item<Value> | undefined;
  #oldest: Item<Value> | undefined;
  #bytes = 0;

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#items.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(token: string): Value | undefined {
    const item = this.#find(token);
    if (item === undefined) return undefined;
    if (item !== this.#newest) {
      this.#unlink(item);
      this.#link(item);
    }
    return item.value;
  }

  set(value: Value, weight: number): void {
    if (weight > this.#bounds.bytes || this.#bounds.entries < 1) return;
    const key = keyOf(value.token);
    const former = this.#items.get(key);
    if (former !== undefined) this.#remove(former);
    const item: Item<Value> = { value, weight, newer: undefined, older: undefined };
    this.#items.set(key, item);
    this.#link(item);
    this.#bytes += weight;
    while (
      this.#oldest !== undefined &&
      (this.#items.size > this.#bounds.entries || this.#bytes > this.#bounds.bytes)
    ) {
      this.#remove(this.#oldest);
    }
  }

  delete(token: string): void {
    const item = this.#find(token);
    if (item !== undefined) this.#remove(item);
  }

  #find(token: string): Item<Value> | undefined {
    const item = this.#items.get(keyOf(token));
    return item?.value.token === token ? item : undefined;
  }

  #remove(item: Item<Value>): void {
    this.#items.delete(keyOf(item.value.token));
    this.#unlink(item);
    this.#bytes -= item.weight;
  }

  #link(item: Item<Value>): void {
    item.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = item;
    else this.#newest.newer = item;
    this.#newest = item;
  }

  #unlink(item: Item<Value>): void {
    if (item.newer === undefined) this.#newest = item.older;
    else item.newer.older = item.older;
    if (item.older === undefined) this.#oldest = item.newer;
    else item.older.newer = item.newer;
    item.newer = undefined;
    item.older = undefined;
  }
}
