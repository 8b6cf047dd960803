/** Every state that was met, in the order in which it was met first, each in the bytes of its encoding: none is mistaken for another. */
export class StateSet {
  /** How many there are. */
  count = 0;
  #bytes = new Uint8Array(1 << 16);
  #used = 0;
  #starts = new Uint32Array(1 << 10);
  #parents = new Int32Array(1 << 10);
  #hashes = new Uint32Array(1 << 10);
  /** Numbers of states by their hashes, from 1; 0 is a free place. */
  #table = new Int32Array(1 << 12);

  /** Adds a state unless it is there. Answers whether it was not. */
  add(bytes: Uint8Array, length: number, parent: number): boolean {
    const hash = hashOf(bytes, length);
    let place = hash & (this.#table.length - 1);
    for (let found = this.#table[place] ?? 0; found !== 0; found = this.#table[place] ?? 0) {
      if (this.#hashes[found - 1] === hash && this.#is(found - 1, bytes, length)) return false;
      place = (place + 1) & (this.#table.length - 1);
    }
    this.#append(bytes, length, hash, parent);
    this.#table[place] = this.count;
    if (this.count * 2 > this.#table.length) this.#rehash();
    return true;
  }

  /** All bytes; a state's begin at its `start`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  start(index: number): number {
    return this.#starts[index] ?? 0;
  }

  /** The state that a state was met from; -1 for the first. */
  parent(index: number): number {
    return this.#parents[index] ?? -1;
  }

  /** Whether a state is written in these bytes. */
  #is(index: number, bytes: Uint8Array, length: number): boolean {
    const start = this.start(index);
    const end = index + 1 < this.count ? this.start(index + 1) : this.#used;
    if (end - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.#bytes[start + i] !== bytes[i]) return false;
    return true;
  }

  #append(bytes: Uint8Array, length: number, hash: number, parent: number): void {
    if (this.count === this.#starts.length) {
      this.#starts = grown(this.#starts, new Uint32Array(this.count * 2));
      this.#parents = grown(this.#parents, new Int32Array(this.count * 2));
      this.#hashes = grown(this.#hashes, new Uint32Array(this.count * 2));
    }
    if (this.#used + length > this.#bytes.length)
      this.#bytes = grown(this.#bytes, new Uint8Array(this.#bytes.length * 2));
    this.#bytes.set(bytes.subarray(0, length), this.#used);
    this.#starts[this.count] = this.#used;
    this.#parents[this.count] = parent;
    this.#hashes[this.count] = hash;
    this.#used += length;
    this.count++;
  }

  #rehash(): void {
    const table = new Int32Array(this.#table.length * 2);
    for (let index = 0; index < this.count; index++) {
      let place = (this.#hashes[index] ?? 0) & (table.length - 1);
      while (table[place] !== 0) place = (place + 1) & (table.length - 1);
      table[place] = index + 1;
    }
    this.#table = table;
  }
}

function grown<Numbers extends Uint8Array | Uint32Array | Int32Array>(old: Numbers, wider: Numbers): Numbers {
  wider.set(old);
  return wider;
}

/** FNV-1a with a last stir, for the table's low bits. */
function hashOf(bytes: Uint8Array, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
