/** How much a cache may hold. */
export interface CacheBounds {
  readonly entries: number;
  readonly bytes: number;
}

interface Item<Value> {
  readonly value: Value;
  /** The bytes that it counts for. */
  readonly weight: number;
}

/**
 * Keeps what was used last, bounded by entries and by bytes. A Map remembers the order of insertion, so its first entry is the
 * one that was not used for the longest time.
 */
export class RecentCache<Value extends { readonly token: string }> {
  readonly #items = new Map<string, Item<Value>>();
  readonly #bounds: CacheBounds;
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
    const item = this.#items.get(token);
    if (item === undefined) return undefined;
    this.#items.delete(token);
    // The token of the entry, not the one asked for, which may be a slice that keeps a whole header alive.
    this.#items.set(item.value.token, item);
    return item.value;
  }

  set(value: Value, weight: number): void {
    this.delete(value.token);
    if (weight > this.#bounds.bytes || this.#bounds.entries < 1) return;
    this.#items.set(value.token, { value, weight });
    this.#bytes += weight;
    for (const oldest of this.#items.keys()) {
      if (this.#items.size <= this.#bounds.entries && this.#bytes <= this.#bounds.bytes) return;
      this.delete(oldest);
    }
  }

  delete(token: string): void {
    const item = this.#items.get(token);
    if (item === undefined) return;
    this.#items.delete(token);
    this.#bytes -= item.weight;
  }
}
